#include <sstream>

#include "tests/support/near.h"

namespace {

TEST(Tensor, TakesTheTypeAndShapeOfItsNumbers) {
  EXPECT_EQ(gt::tensor({1.f, 2.f}).dtype(), gt::float32);
  EXPECT_EQ(gt::tensor({1.0, 2.0}).dtype(), gt::float64);
  EXPECT_EQ(gt::tensor({{1, 2, 3}, {4, 5, 6}}).dtype(), gt::DType::int32);
  EXPECT_EQ(gt::tensor({{1, 2, 3}, {4, 5, 6}}).shape(), (gt::Shape{2, 3}));
  EXPECT_EQ(gt::tensor({true, false}).dtype(), gt::DType::boolean);
  EXPECT_EQ(gt::zeros({2}).dtype(), gt::float32);
}

TEST(Tensor, SharesMemoryInViewsAndNotInClones) {
  auto x = gt::zeros({2, 3});

  auto view = gt::transpose(x, 0, 1);
  auto copy = x.clone();
  view.fill_(7);

  EXPECT_EQ(view.strides(), (gt::Strides{1, 3}));
  EXPECT_FALSE(view.is_contiguous());
  EXPECT_THAT(x, near(gt::full({2, 3}, 7)));
  EXPECT_THAT(copy, near(gt::zeros({2, 3})));
}

TEST(Tensor, SelectedColumnsAreViews) {
  const auto x = gt::zeros({2, 3});

  gt::select(x, 1, 1).fill_(9);
  gt::unsqueeze(gt::t(x), 0).copy_(gt::unsqueeze(gt::t(x), 0) + 1);

  EXPECT_THAT(x, near({1, 10, 1, 1, 10, 1}));
}

TEST(Tensor, WrapsMemoryOfTheUserAndSaysWhenItIsDone) {
  std::vector<float> mine{1, 2, 3, 4};
  bool done = false;
  {
    auto x = gt::from_blob(mine.data(), {2, 2}, [&] { done = true; });
    const auto row = gt::select(x, 0, 1);
    x.add_(gt::ones({2}), 10);
    x = {};
    EXPECT_FALSE(done);
    EXPECT_THAT(row, near({13, 14}));
  }

  EXPECT_TRUE(done);
  EXPECT_THAT(mine, testing::ElementsAre(11, 12, 13, 14));
}

TEST(Tensor, OfWrappedMemoryReadsNotOneElementTooFar) {
  for (std::int64_t count : {1, 3, 7, 8, 15, 17, 63}) {
    std::vector<double> mine(static_cast<std::size_t>(count), 2.0);  // under ASan, a read beyond it is caught
    auto x = gt::from_blob(mine.data(), {count}).requires_grad_();
    gt::Tape tape;
    gt::sum(gt::exp(x) * x).backward();
    EXPECT_THAT(x.grad(), near(gt::full({count}, 3 * std::exp(2.0))));
  }
}

TEST(Tensor, IsCopiedOntoItselfInAnotherOrder) {
  auto x = gt::tensor({{1.0, 2.0}, {3.0, 4.0}});

  x.copy_(gt::t(x));

  EXPECT_THAT(x, near({1, 3, 2, 4}));
}

TEST(Tensor, OfAnyTypeIsCopiedTransposed) {
  for (const auto& [rows, columns] : {std::pair{1, 5}, {3, 70}, {16, 32}, {64, 64}, {67, 129}})
    for (const auto type : {gt::uint8, gt::float16, gt::float32, gt::float64})
      for (const auto to : {type, gt::float32, gt::int64}) {
        const gt::Tensor whole = gt::remainder(gt::arange(0, 2 * rows * columns), 256).to(type),
                         x = gt::narrow(gt::reshape(whole, {columns, 2 * rows}), 1, rows / 2, rows);
        const auto in = whole.to_vector<double>(), got = gt::t(x).to(to).contiguous().to_vector<double>();
        int wrong = 0;
        for (int r = 0; r < rows; ++r)
          for (int c = 0; c < columns; ++c)
            wrong += got[static_cast<std::size_t>(r * columns + c)] !=
                     in[static_cast<std::size_t>(c * 2 * rows + rows / 2 + r)];
        EXPECT_EQ(wrong, 0) << rows << " rows of " << columns << ", " << gt::name_of(type) << " to " << gt::name_of(to);
      }
}

TEST(Tensor, ConvertsBetweenTypes) {
  const auto x = gt::tensor({-1.5, 0.0, 3.7});

  EXPECT_THAT(x.to(gt::DType::int64).to_vector<int>(), testing::ElementsAre(-1, 0, 3));
  EXPECT_THAT(x.to(gt::DType::boolean).to_vector<bool>(), testing::ElementsAre(true, false, true));
  EXPECT_THAT(gt::tensor({200, 7}).to(gt::DType::uint8).to_vector<int>(), testing::ElementsAre(200, 7));
}

TEST(Tensor, MakesRangesAndIdentities) {
  EXPECT_THAT(gt::arange(0, 1, 0.25, {.dtype = gt::float64}), near({0, 0.25, 0.5, 0.75}));
  EXPECT_THAT(gt::arange(3, 0, -1), near({3, 2, 1}));
  for (const auto& whole : {gt::arange(0, 3), gt::arange(0, 3, 1, {.device = gt::Device::cpu()}),
                            gt::randint(0, 3, {2}, {.device = gt::Device::cpu()}),
                            gt::one_hot(gt::tensor({1}), 3, {.device = gt::Device::cpu()})})
    EXPECT_EQ(whole.dtype(), gt::int64);
  EXPECT_THAT(gt::linspace(-1, 1, 5), near({-1, -0.5, 0, 0.5, 1}));
  EXPECT_THAT(gt::eye(2), near({1, 0, 0, 1}));
}

TEST(Tensor, IsMadeLikeAnother) {
  const auto x = gt::tensor<std::int16_t>({{1, 2, 3}, {4, 5, 6}});

  EXPECT_THAT(gt::zeros_like(x), near({0, 0, 0, 0, 0, 0}));
  EXPECT_THAT(gt::ones_like(x), near({1, 1, 1, 1, 1, 1}));
  EXPECT_THAT(gt::full_like(x, -7), near({-7, -7, -7, -7, -7, -7}));
  for (const auto& y : {gt::zeros_like(x), gt::ones_like(x), gt::full_like(x, -7), gt::empty_like(x)}) {
    EXPECT_EQ(y.shape(), (gt::Shape{2, 3}));
    EXPECT_EQ(y.dtype(), gt::int16);
  }
}

TEST(Tensor, KeepsEveryBitOfItsIntegers) {
  const std::int64_t odd = (std::int64_t(1) << 53) + 1;

  EXPECT_EQ(gt::tensor({odd}).item<std::int64_t>(), odd);
  EXPECT_EQ(gt::scalar(INT64_MAX).item<std::int64_t>(), INT64_MAX);
  EXPECT_EQ(gt::to_string(gt::tensor({odd})), "[9007199254740993]\nint64 [1] cpu");
  EXPECT_EQ(gt::tensor({2.5}).item<short>(), 2);
}

TEST(Tensor, PrintsWhatItIs) {
  auto w = gt::tensor({{1.f, 2.5f}, {-3.f, 0.f}}).requires_grad_().set_name("w");

  EXPECT_EQ(gt::to_string(w), "[[1, 2.5],\n [-3, 0]]\nw: float32 [2, 2] cpu, requires grad");
  EXPECT_EQ(gt::to_string(gt::tensor({true, false})), "[true, false]\nbool [2] cpu");
  EXPECT_EQ(gt::to_string(gt::Tensor()), "tensor(undefined)");
  EXPECT_EQ(gt::to_string(gt::scalar(2.0)), "2\nfloat64 [] cpu");
  EXPECT_EQ(gt::to_string(gt::tensor({-NAN, INFINITY})), "[nan, inf]\nfloat32 [2] cpu");
  EXPECT_EQ(gt::to_string(gt::arange(0, 5000)), "[0, 1, 2, …, 4997, 4998, 4999]\nint64 [5000] cpu");
  {
    gt::Tape tape;
    EXPECT_THAT(gt::to_string(w * 2), testing::EndsWith("float32 [2, 2] cpu, recorded"));
    gt::sum(w).backward();
  }
  std::ostringstream out;
  out << w;
  EXPECT_THAT(out.str(), testing::EndsWith("requires grad, has one"));
}

TEST(TensorErrors, NameTheOpAndWhatCame) {
  const auto x = gt::zeros({2, 3});

  EXPECT_ERROR(ShapeError, x.item(), "item: needs a tensor of exactly one element\n  tensor  [2, 3]  float32  cpu");
  EXPECT_ERROR(IndexError, x.size(2),
               "size: there is no dimension 2\n  tensor  [2, 3]  float32  cpu\n  -2 to 1 are there.");
  EXPECT_ERROR(DTypeError, x.data<double>(),
               "data: read as float64\n  tensor  [2, 3]  float32  cpu\n  Convert it first: x.to(gt::float64).");
  EXPECT_ERROR(ShapeError, gt::empty({2, -1}), "empty: [2, -1] has a negative size");
  EXPECT_ERROR(ShapeError, gt::tensor({{1, 2}, {3}}), "tensor: rows differ in length: the first has 2, another 1");
  EXPECT_ERROR(ShapeError, gt::tensor(std::vector<float>{1, 2, 3}, {2, 2}),
               "tensor: 3 numbers do not fill the shape [2, 2], which has 4");
  EXPECT_ERROR(ValueError, gt::arange(0, 1, 0), "arange: from 0 to 1 in steps of 0 has no end");
  EXPECT_ERROR(DTypeError, gt::arange(0, 3).requires_grad_(),
               "requires_grad_: only floating tensors (float16, bfloat16, float32, float64) have gradients\n  tensor  "
               "[3]  int64  cpu");
}

TEST(TensorErrors, AnUndefinedTensorIsRefusedEverywhere) {
  const gt::Tensor none, x = gt::ones({2});

  EXPECT_THROW(none.shape(), gt::ValueError);
  EXPECT_THROW(none.item(), gt::ValueError);
  EXPECT_THROW(none.clone(), gt::ValueError);
  EXPECT_THROW(none.detach(), gt::ValueError);
  EXPECT_THROW(none.backward(), gt::ValueError);
  EXPECT_THROW(none.to(gt::float64), gt::ValueError);
  EXPECT_THROW(gt::exp(none), gt::ValueError);
  EXPECT_THROW(x + none, gt::ValueError);
  EXPECT_THROW(gt::sum(none), gt::ValueError);
  EXPECT_THROW(gt::softmax(none), gt::ValueError);
  EXPECT_THROW(gt::matmul(x, none), gt::ValueError);
  EXPECT_THROW(gt::linear(none, x), gt::ValueError);
  EXPECT_THROW(gt::reshape(none, {1}), gt::ValueError);
  EXPECT_THROW(gt::permute(none, {0}), gt::ValueError);
  EXPECT_THROW(gt::slice(none, 0, 0), gt::ValueError);
  EXPECT_THROW(gt::expand(none, {2}), gt::ValueError);
  EXPECT_THROW(gt::cat({x, none}), gt::ValueError);
  EXPECT_THROW(gt::stack({x, none}), gt::ValueError);
  EXPECT_THROW(gt::index_select(x, 0, none), gt::ValueError);
  EXPECT_THROW(gt::gather(none, 0, x), gt::ValueError);
  EXPECT_THROW(gt::one_hot(none, 3), gt::ValueError);
  EXPECT_ERROR(ValueError, gt::zeros_like(none), "tensor: the tensor is undefined\n  Give it a value first.");
  EXPECT_THROW(gt::cross_entropy(none, none), gt::ValueError);
  EXPECT_THROW(gt::mse_loss(x, none), gt::ValueError);
  EXPECT_THROW(gt::least_squares(none, x), gt::ValueError);
  EXPECT_THROW(gt::accuracy(none, x), gt::ValueError);
  gt::Tape tape;
  EXPECT_THROW(gt::grad(none, x), gt::ValueError);
}

TEST(TensorErrors, AnUndefinedTensorIsNotWritten) {
  gt::Tensor none;
  EXPECT_ERROR(ValueError, none.fill_(1), "fill_: the tensor is undefined\n  Give it a value first.");
  EXPECT_ERROR(ValueError, none.copy_(gt::ones({1})), "copy_: the tensor is undefined\n  Give it a value first.");
}

TEST(TensorErrors, AWriteToOnePlaceSeveralTimesIsRefused) {
  auto x = gt::expand(gt::ones({1}), {3});
  EXPECT_ERROR(ValueError, x.add_(gt::ones({3})),
               "add_: several elements of the tensor lie in one place, so it cannot be written in place\n  tensor  [3] "
               " float32  cpu\n"
               "  Write to x.clone(), or to what was expanded.");
  EXPECT_THROW(x.fill_(2), gt::ValueError);
  EXPECT_THROW(x.zero_(), gt::ValueError);
  EXPECT_THROW(x.copy_(gt::ones({3})), gt::ValueError);
  EXPECT_THAT(x, near({1, 1, 1}));
  EXPECT_THROW(gt::transpose(gt::expand(gt::ones({2, 1}), {2, 3}), 0, 1).fill_(2), gt::ValueError);

  gt::expand(gt::ones({2}), {1, 2}).fill_(2);
  gt::expand(gt::ones({1}), {0}).fill_(2);
  gt::slice(gt::permute(gt::ones({4, 3, 5}), {2, 0, 1}), 1, 0, 4, 2).fill_(2);
}

TEST(TensorErrors, AnOptimizerWritesNoPlaceTwice) {
  auto w = gt::expand(gt::ones({1}), {3}).requires_grad_();
  gt::SGD optimizer({w}, {.lr = 1});
  {
    gt::Tape tape;
    gt::sum(w).backward();
  }

  EXPECT_THROW(optimizer.step(), gt::ValueError);
  EXPECT_THAT(w, near({1, 1, 1}));
}

TEST(TensorErrors, ShapesBeyondAllCountingAreRefused) {
  const std::int64_t many = std::int64_t(1) << 32;
  EXPECT_THROW(gt::reshape(gt::zeros({0}), {many, many}), gt::ShapeError);
  EXPECT_ERROR(ShapeError, gt::expand(gt::ones({1}), {many, many}),
               "expand: [4294967296, 4294967296] has more elements than can be counted\n  tensor  [1]  float32  cpu");
  EXPECT_THROW(gt::arange(0, 1e30), gt::OutOfMemoryError);
  EXPECT_THROW(gt::expand(gt::ones({1, 1}), {many, 1}) + gt::expand(gt::ones({1}), {many}), gt::OutOfMemoryError);
  EXPECT_EQ(gt::zeros({0, many, many}).numel(), 0);
  EXPECT_THAT(gt::slice(gt::arange(0, 5), 0, 1, INT64_MAX, INT64_MAX), near({1}));
}

TEST(TensorErrors, ATensorTooLargeForTheMachineIsRefused) {
  const std::string too_many = ": 4398046511104 bytes cannot be had\n  Use smaller tensors, or batches.";

  EXPECT_ERROR(OutOfMemoryError, gt::zeros({1'000'000, 1'000'000}), "zeros" + too_many);
  EXPECT_ERROR(OutOfMemoryError, gt::full({1'000'000, 1'000'000}, 2), "full" + too_many);
  EXPECT_ERROR(OutOfMemoryError, gt::empty({1'000'000, 1'000'000}), "empty" + too_many);
  EXPECT_ERROR(OutOfMemoryError, gt::eye(1'000'000), "eye" + too_many);
  EXPECT_ERROR(OutOfMemoryError, gt::rand({1'000'000, 1'000'000}), "rand" + too_many);
  EXPECT_THROW(gt::zeros({INT64_MAX, INT64_MAX}), gt::OutOfMemoryError);
  const auto x = gt::ones({1'000'000, 1}), y = gt::ones({1, 1'000'000});
  EXPECT_ERROR(OutOfMemoryError, x + y, "add" + too_many);
  EXPECT_ERROR(OutOfMemoryError, gt::matmul(x, y), "matmul" + too_many);
  EXPECT_ERROR(OutOfMemoryError, gt::expand(x, {1'000'000, 1'000'000}).clone(), "clone" + too_many);
}

TEST(Leaf, HasAnUnusedGradientUntilAStepHasUsedIt) {
  auto w = gt::ones({}).requires_grad_();
  const auto plain = gt::ones({});
  gt::Tape tape;
  const auto y = w * 3;

  EXPECT_TRUE(w.is_leaf() && plain.is_leaf());
  EXPECT_FALSE(y.is_leaf());
  EXPECT_FALSE(w.unused_grad().defined());
  y.backward();
  EXPECT_EQ(w.unused_grad().item(), 3);
  EXPECT_FALSE(y.unused_grad().defined());
  w.mark_grad_used();
  EXPECT_FALSE(w.unused_grad().defined());
  EXPECT_EQ(w.grad().item(), 3);
}
TEST(Leaf, IsFrozenWhenItWasSaidToWantNoGradient) {
  auto w = gt::ones({});

  EXPECT_FALSE(w.is_frozen());
  EXPECT_TRUE(w.requires_grad_(false).is_frozen());
  EXPECT_FALSE(w.requires_grad_().is_frozen());
}

TEST(Location, OfAnErrorInsideAModelIsTheUsersCall) {
  gt::Sequential net;
  net.add<gt::Linear>(4, 3).add(gt::relu).add<gt::Linear>(5, 2);

  try {
    net(gt::ones({2, 4}));
    FAIL();
  } catch (const gt::ShapeError& error) {
    EXPECT_STREQ(error.where().file, __FILE__);
    EXPECT_EQ(error.where().line, static_cast<unsigned>(__LINE__ - 4));
    EXPECT_EQ(error.what(), "ShapeError: " + error.text() + "\n  at " + __FILE__ + ":" + std::to_string(__LINE__ - 5));
  }
}

}  // namespace
