// The type that ops of several tensors compute in.
#include "tests/support/near.h"

namespace {

const std::vector<gt::DType> types{gt::boolean, gt::uint8,    gt::int32,   gt::int64,
                                   gt::float16, gt::bfloat16, gt::float32, gt::float64};

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
