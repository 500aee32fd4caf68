// The type that ops of several tensors compute in.
#include "tests/ops/promotion_by_pytorch.h"
#include "tests/support/near.h"

namespace {

const std::vector<gt::DType> types{gt::boolean, gt::uint8,   gt::int8,     gt::int16,   gt::int32,
                                   gt::int64,   gt::float16, gt::bfloat16, gt::float32, gt::float64};

gt::DType type_of(const std::string& name) {
  return *std::find_if(types.begin(), types.end(), [&](gt::DType type) { return name == gt::name_of(type); });
}

TEST(Promotion, IsPyTorchsForEveryPairOfTypes) {
  for (const auto& [a, b, promoted, can_cast] : by_pytorch) {
    SCOPED_TRACE(std::string(a) + " with " + b);
    const gt::DType first = type_of(a), second = type_of(b);

    EXPECT_STREQ(gt::name_of(gt::promote_types(first, second)), promoted);
    EXPECT_EQ(gt::can_cast(first, second), can_cast);
    EXPECT_STREQ(gt::name_of(gt::result_type(gt::ones({2}, {.dtype = first}), gt::ones({2}, {.dtype = second}))),
                 promoted);
    EXPECT_STREQ(gt::name_of((gt::ones({2}, {.dtype = first}) * gt::ones({2}, {.dtype = second})).dtype()), promoted);
  }
}

// A tensor without dimensions, and a number of C++, only raise the kind.
TEST(Promotion, OfWhatHasNoDimensionsRaisesTheKindAlone) {
  const auto bytes = gt::ones({2}, {.dtype = gt::int8}), singles = gt::ones({2});

  EXPECT_EQ(gt::result_type(bytes, gt::scalar(std::int64_t(300))), gt::int8);
  EXPECT_EQ(gt::result_type(bytes, 300), gt::int8);
  EXPECT_EQ(gt::result_type(bytes, 0.5), gt::float32);
  EXPECT_EQ(gt::result_type(bytes, gt::scalar(0.5)), gt::float64);
  EXPECT_EQ(gt::result_type(singles, gt::scalar(0.5)), gt::float32);
  EXPECT_EQ(gt::result_type(true, bytes), gt::int8);
}

TEST(ShortIntegers, WrapAndConvertAsInNumPy) {
  const auto x = gt::tensor(std::vector<std::int8_t>{-128, -1, 0, 127}, {4});

  EXPECT_EQ(x.dtype(), gt::int8);
  EXPECT_EQ((x + x).to_vector<std::int8_t>(), (std::vector<std::int8_t>{0, -2, 0, -2}));
  EXPECT_EQ(gt::sum(x).dtype(), gt::int64);
  EXPECT_EQ(gt::sum(x).item<int>(), -2);
  EXPECT_EQ((x / 2).dtype(), gt::float32);
  EXPECT_EQ(x.to(gt::int16).to_vector<std::int16_t>(), (std::vector<std::int16_t>{-128, -1, 0, 127}));
  EXPECT_EQ(gt::tensor({300.f, -300.f, 1.9f}).to(gt::int8).to_vector<std::int8_t>(),
            (std::vector<std::int8_t>{127, -128, 1}));
  EXPECT_EQ(gt::amax(x).item<int>(), 127);
  EXPECT_EQ(gt::select(x, 0, 1).item<int>(), -1);
}

TEST(Promotion, OfLinearIsThatOfMatmul) {
  for (const auto left : types)
    for (const auto right : types) {
      SCOPED_TRACE(std::string(gt::name_of(left)) + " with " + gt::name_of(right));
      const auto x = gt::ones({2, 3}, {.dtype = left}), weight = gt::ones({4, 3}, {.dtype = right});
      const auto product = gt::matmul(x, gt::t(weight));

      for (const auto& y : {gt::linear(x, weight), gt::linear(x, weight, gt::ones({4}, {.dtype = right})) - 1}) {
        EXPECT_EQ(y.dtype(), product.dtype());
        EXPECT_THAT(y, near(product));
      }
    }
  EXPECT_EQ(gt::linear(gt::ones({2, 3}), gt::ones({4, 3}), gt::ones({4}, {.dtype = gt::float64})).dtype(), gt::float64);
}

TEST(Promotion, OfLinearGivesEachInputAGradientOfItsOwnType) {
  auto x = gt::ones({2, 3}).requires_grad_(), weight = gt::full({4, 3}, 2, {.dtype = gt::float64}).requires_grad_(),
       bias = gt::ones({4}).requires_grad_();
  gt::Tape tape;

  gt::sum(gt::linear(x, weight, bias)).backward();

  EXPECT_EQ(x.grad().dtype(), gt::float32);
  EXPECT_EQ(weight.grad().dtype(), gt::float64);
  EXPECT_EQ(bias.grad().dtype(), gt::float32);
  EXPECT_THAT(x.grad(), near({8, 8, 8, 8, 8, 8}));
  EXPECT_THAT(bias.grad(), near({2, 2, 2, 2}));
}

TEST(Promotion, MeetsEveryOpOfSeveralTensors) {
  const auto single = gt::tensor({1.f, 2.f}), twice = gt::tensor({3.0, 4.0});
  const auto scores = gt::log_softmax(gt::ones({2, 2}), 1), labels = gt::tensor({0, 1});

  EXPECT_EQ(gt::cat({single, twice}).dtype(), gt::float64);
  EXPECT_EQ(gt::stack({single, twice}).dtype(), gt::float64);
  EXPECT_EQ(gt::where(gt::tensor({true, false}), single, twice).dtype(), gt::float64);
  EXPECT_EQ(gt::maximum(single, twice).dtype(), gt::float64);
  EXPECT_THAT(gt::nll_loss(scores, labels, {.weight = twice}), near({std::log(2.0)}));
  EXPECT_THAT(gt::cross_entropy(scores, labels, {.weight = twice}), near({std::log(2.0)}));
  EXPECT_THAT(gt::zeros({2}).add_(twice), near({3, 4}));
  EXPECT_THAT(gt::zeros({2}).copy_(twice), near({3, 4}));
}

TEST(Messages, OfNumbersWithoutDimensionsSaySo) {
  const auto x = gt::scalar(1.0), list = gt::tensor({1.0}), none = gt::empty({}, {.dtype = gt::int64}).fill_(0);

  EXPECT_ERROR(IndexError, list.size(1),
               "size: there is no dimension 1\n  tensor  [1]  float64  cpu\n  -1 to 0 are there.");
  EXPECT_ERROR(IndexError, x.size(0),
               "size: there is no dimension 0\n  tensor  []  float64  cpu\n  A number has none.");
  EXPECT_ERROR(ShapeError, gt::gather(x, 0, none),
               "gather: a number has no dimension to pick along\n  tensor   []  float64  cpu\n"
               "  indices  []  int64  cpu\n  Use gt::reshape(x, {1}).");
  EXPECT_ERROR(ShapeError, gt::scatter_add(x, 0, none, 2),
               "scatter_add: a number has no dimension to add along\n  tensor   []  float64  cpu\n"
               "  indices  []  int64  cpu\n  Use gt::reshape(x, {1}).");
  for (const auto& cut : {+[](const gt::Tensor& of) { return gt::select(of, 0, 0); },
                          +[](const gt::Tensor& of) { return gt::narrow(of, 0, 0, 0); },
                          +[](const gt::Tensor& of) { return gt::slice(of, 0, 0); }})
    try {
      cut(x);
      ADD_FAILURE() << "nothing was thrown";
    } catch (const gt::IndexError& error) {
      EXPECT_THAT(error.what(),
                  testing::HasSubstr(": a number has no dimension to be cut\n  tensor  []  float64  cpu"));
    }
}

}  // namespace
