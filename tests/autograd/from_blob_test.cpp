#include "tests/support/near.h"

namespace {

TEST(FromBlob, RefusesAPointerToAnotherType) {
  double mine[2] = {1, 2};

  EXPECT_ERROR(DTypeError, gt::from_blob(mine, {2}, {.dtype = gt::float32}),
               "from_blob: the pointer is to float64, and float32 is asked for\n  Leave out the type, or convert the "
               "tensor: x.to(dtype).");
  EXPECT_THAT(gt::from_blob(mine, {2}, {.dtype = gt::float64}), near({1, 2}));
  EXPECT_THAT(gt::from_blob(mine, {2}), near({1, 2}));
  EXPECT_THAT(gt::from_blob(mine, {2}, {}), near({1, 2}));
  EXPECT_THAT(gt::from_blob(static_cast<void*>(mine), {2}, {.dtype = gt::float64}, [] {}), near({1, 2}));
  EXPECT_THAT(gt::from_blob(static_cast<void*>(mine), {2}, {.dtype = gt::float64}), near({1, 2}));
}

TEST(FromBlob, NeverWritesConstMemory) {
  static constexpr float mine[4] = {1, 2, 3, 4};
  const auto x = gt::from_blob(mine, {4}),
             untyped = gt::from_blob(static_cast<const void*>(mine), {4}, {.dtype = gt::float32});
  auto row = gt::slice(x, 0, 1, 3), weights = gt::from_blob(mine, {4}).requires_grad_();

  EXPECT_THAT(x * 2, near({2, 4, 6, 8}));
  EXPECT_EQ(x.data<const float>(), mine);
  EXPECT_ERROR(ValueError, row.fill_(0),
               "fill_: the tensor wraps const memory, which is not written\n  tensor  [2]  float32  cpu\n  Write to a "
               "copy: x.clone().");
  EXPECT_ERROR(ValueError, x.data<float>(),
               "data: the tensor wraps const memory, which is not written\n  tensor  [4]  float32  cpu\n  Read it as "
               "const: x.data<const T>().");
  EXPECT_THROW(row.zero_(), gt::ValueError);
  EXPECT_THROW(row.copy_(gt::ones({2})), gt::ValueError);
  EXPECT_THROW(row.add_(gt::ones({2})), gt::ValueError);
  EXPECT_THROW(x.detach().fill_(1), gt::ValueError);
  EXPECT_THROW(gt::Tensor(untyped).fill_(1), gt::ValueError);
  EXPECT_THAT(x.clone().fill_(7), near({7, 7, 7, 7}));

  gt::SGD optimizer({weights}, {.lr = 0.1});
  {
    gt::Tape tape;
    gt::sum(weights * weights).backward();
  }
  EXPECT_THROW(optimizer.step(), gt::ValueError);
  EXPECT_THAT(weights.grad(), near({2, 4, 6, 8}));
}

// A gradient that comes in as the user's memory is read, and no more, whichever op it flows through.
TEST(FromBlob, AsASeedIsLeftAsItWas) {
  std::vector<float> seed(64, 1.f);
  auto x = gt::linspace(0, 1, 64);
  auto pulled = [&](auto op) {
    return gt::vjp([&](const std::vector<gt::Tensor>& in) { return op(in[0]); }, {x}, gt::from_blob(seed.data(), {64}));
  };

  pulled([](const auto& in) { return gt::softmax(in, 0); });
  pulled([](const auto& in) { return gt::tanh(in); });
  pulled([](const auto& in) { return in * 3; });
  pulled([](const auto& in) { return in; });

  EXPECT_EQ(seed, std::vector<float>(64, 1.f));
}

TEST(FromBlob, TakesStrides) {
  double mine[6] = {1, 2, 3, 4, 5, 6};
  bool done = false;
  {
    auto columns = gt::from_blob(mine, {3, 2}, {.strides = gt::Strides{1, 3}}, [&] { done = true; });
    const auto every_other = gt::from_blob(const_cast<const double*>(mine), {3}, {.strides = gt::Strides{2}});

    EXPECT_FALSE(columns.is_contiguous());
    EXPECT_THAT(columns, near({1, 4, 2, 5, 3, 6}));
    EXPECT_THAT(every_other + 1, near({2, 4, 6}));
    EXPECT_THAT(gt::matmul(columns, gt::ones({2}, {.dtype = gt::float64})), near({5, 7, 9}));
    EXPECT_TRUE(gt::from_blob(mine, {2, 3}, {.strides = gt::Strides{3, 1}}).is_contiguous());
    EXPECT_THAT(gt::from_blob(mine, {2, 2}, {.strides = gt::Strides{0, 1}}), near({1, 2, 1, 2}));
    gt::select(columns, 1, 1).fill_(9);
  }
  EXPECT_TRUE(done);
  EXPECT_THAT(mine, testing::ElementsAre(1, 2, 3, 9, 9, 9));
}

TEST(FromBlob, RefusesStridesThatDoNotFit) {
  double mine[6] = {};

  EXPECT_ERROR(ShapeError, gt::from_blob(mine, {3, 2}, {.strides = gt::Strides{1}}),
               "from_blob: the strides [1] are not as many as the sizes [3, 2]");
  EXPECT_ERROR(ShapeError, gt::from_blob(mine, {3}, {.strides = gt::Strides{-1}}),
               "from_blob: the strides [-1] hold a negative one");
  EXPECT_ERROR(ShapeError, gt::from_blob(mine, {3}, {.strides = gt::Strides{INT64_MAX}}),
               "from_blob: the strides [9223372036854775807] lead beyond all memory");
  EXPECT_ERROR(ShapeError, gt::from_blob(mine, {-3}), "from_blob: [-3] has a negative size");
  EXPECT_ERROR(OutOfMemoryError, gt::from_blob(mine, {INT64_MAX}),
               "from_blob: a [9223372036854775807] tensor of float64 does not fit into memory");
}

}  // namespace
