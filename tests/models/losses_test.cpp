#include "tests/support/near.h"

namespace {

const double third = std::log(3.0);  // -log p of three equal classes

TEST(CrossEntropy, OfEqualLogitsIsTheLogOfTheirCount) {
  const auto logits = gt::zeros({2, 3}).requires_grad_();
  gt::Tape tape;
  const auto loss = gt::cross_entropy(logits, gt::tensor({0, 2}));

  loss.backward();

  EXPECT_THAT(loss, near({third}));
  EXPECT_THAT(logits.grad(), near({-1 / 3.0, 1 / 6.0, 1 / 6.0, 1 / 6.0, 1 / 6.0, -1 / 3.0}));  // (p - onehot) / 2
}

TEST(CrossEntropy, KeepsFullAccuracyAtLargeMargins) {
  const auto logits = gt::tensor({{40.0, 0.0}});

  EXPECT_NEAR(gt::cross_entropy(logits, gt::tensor({0})).item() / std::log1p(std::exp(-40.0)), 1, 1e-14);
  EXPECT_THAT(gt::cross_entropy(gt::tensor({{-1e4, 1e4}}), gt::tensor({0})), near({2e4}));
}

TEST(CrossEntropy, TakesWeightsIgnoredLabelsAndReductions) {
  const auto logits = gt::zeros({4, 3}, {.dtype = gt::float64});
  const auto labels = gt::tensor({0, 1, -100, 2});
  const auto weight = gt::tensor({1.0, 2.0, 5.0});

  EXPECT_THAT(gt::cross_entropy(logits, labels, {.reduction = gt::Reduction::none}), near({third, third, 0, third}));
  EXPECT_THAT(gt::cross_entropy(logits, labels, {.reduction = gt::Reduction::sum}), near({3 * third}));
  EXPECT_THAT(gt::cross_entropy(logits, labels), near({third}));
  EXPECT_THAT(gt::cross_entropy(logits, labels, {.weight = weight, .reduction = gt::Reduction::sum}), near({8 * third}));
  EXPECT_THAT(gt::cross_entropy(logits, labels, {.weight = weight}), near({third}));
  EXPECT_THAT(gt::cross_entropy(logits, gt::tensor({7, 7, 7, 7}), {.ignore_index = 7}), near({0}));
  EXPECT_THAT(gt::cross_entropy(logits, gt::tensor({1, 0, 0, 2}), {.ignore_index = 0, .reduction = gt::Reduction::none}), near({third, 0, 0, third}));
  EXPECT_THAT(gt::nll_loss(gt::log_softmax(logits), gt::tensor({1, 0, 0, 2}), {.ignore_index = 0, .reduction = gt::Reduction::none}),
              near({third, 0, 0, third}));
}

TEST(CrossEntropy, OfSoftLabelsAgreesWithHardOnes) {
  const auto logits = gt::tensor({{0.3, -1.0, 2.0}, {1.0, 0.5, 0.0}});
  const auto labels = gt::tensor({2, 0});
  const auto rows = gt::one_hot(labels, 3, {.dtype = gt::float64});

  EXPECT_THAT(gt::cross_entropy(logits, rows), near(gt::cross_entropy(logits, labels)));
  EXPECT_THAT(gt::cross_entropy(logits, rows, {.label_smoothing = 0.2}), near(gt::cross_entropy(logits, labels, {.label_smoothing = 0.2})));
  EXPECT_THAT(gt::cross_entropy(logits, rows * 0.8 + 0.2 / 3), near(gt::cross_entropy(logits, labels, {.label_smoothing = 0.2})));
}

TEST(NllLoss, IsMinusTheLogProbabilityOfTheLabel) {
  const auto log_probs = gt::log(gt::tensor({{0.7, 0.2, 0.1}, {0.25, 0.5, 0.25}}));

  EXPECT_THAT(gt::nll_loss(log_probs, gt::tensor({0, 2})), near({-(std::log(0.7) + std::log(0.25)) / 2}));
}

TEST(BinaryCrossEntropy, IsTheSoftmaxOfTwoColumnsWhereOneIsZero) {
  const auto x = gt::tensor({-3.0, 0.5, 60.0}), y = gt::tensor({1.0, 0.0, 1.0});
  const auto two = gt::stack({gt::zeros_like(x), x}, 1);

  const auto loss = gt::binary_cross_entropy_with_logits(x, y);

  EXPECT_THAT(loss, near(gt::cross_entropy(two, y.to(gt::DType::int64)), 1e-14));
  EXPECT_THAT(gt::binary_cross_entropy_with_logits(gt::tensor({-1000.0, 1000.0}), gt::tensor({1.0, 0.0})), near({1000}));
}

TEST(MseLoss, MeansAndSums) {
  const auto a = gt::tensor({1.0, 2.0}), b = gt::tensor({0.0, 5.0});

  EXPECT_THAT(gt::mse_loss(a, b), near({5}));
  EXPECT_THAT(gt::squared_error(a, b), near({5}));
  EXPECT_THAT(gt::mse_loss(a, b, {.reduction = gt::Reduction::none}), near({1, 9}));
}

TEST(ZeroOneLoss, IsTheShareOfMistakes) {
  const auto scores = gt::tensor({{0.1, 0.9}, {0.8, 0.2}, {0.4, 0.6}, {0.3, 0.7}});

  EXPECT_THAT(gt::zero_one_loss(scores, gt::tensor({1, 0, 0, 1})), near({0.25}));
  EXPECT_EQ(gt::accuracy(scores, gt::tensor({1, 0, 0, 1})), 0.75);
  EXPECT_THAT(gt::confusion_matrix(scores, gt::tensor({1, 0, 0, 1}), 2), near({1, 1, 0, 2}));
}

TEST(Losses, OfNothingAreNan) {
  EXPECT_TRUE(std::isnan(gt::mse_loss(gt::zeros({0}), gt::zeros({0})).item()));
  EXPECT_TRUE(std::isnan(gt::accuracy(gt::zeros({0, 3}), gt::zeros({0}, {.dtype = gt::DType::int64}))));
}

TEST(LossErrors, NameTheFirstBadLabel) {
  EXPECT_ERROR(IndexError, gt::cross_entropy(gt::zeros({3, 10}), gt::tensor({0, 10, 3})),
               "cross_entropy: value 10 at position 1 is out of range\n  indices  [3]  int32  cpu\n  It must be at least 0 and below 10.");
  EXPECT_ERROR(IndexError, gt::cross_entropy(gt::zeros({1, 10}), gt::tensor({-1})),
               "cross_entropy: value -1 at position 0 is out of range\n  indices  [1]  int32  cpu\n  It must be at least 0 and below 10.");
}

TEST(MseLoss, OfIntegersDoesNotCutTheTarget) {
  EXPECT_THAT(gt::mse_loss(gt::tensor({1, 2}), gt::tensor({0.5f, 1.5f})), near({0.25}));
  EXPECT_THAT(gt::binary_cross_entropy_with_logits(gt::tensor({2, 2}), gt::tensor({0.5f, 0.5f})), near({std::log1p(std::exp(-2.0)) + 1}));
}

TEST(LossErrors, NameAWeightThatDoesNotFit) {
  const auto logits = gt::zeros({1, 3}), soft = gt::full({1, 3}, 1.0 / 3), two = gt::ones({2});
  const char* text = "cross_entropy: there is a weight for each class\n  logits  [1, 3]  float32  cpu\n  weight  [2]     float32  cpu";
  EXPECT_ERROR(ShapeError, gt::cross_entropy(logits, soft, {.weight = two}), text);
  EXPECT_ERROR(ShapeError, gt::cross_entropy(logits, gt::tensor({0}), {.weight = two, .label_smoothing = 0.1}), text);
  EXPECT_ERROR(DTypeError, gt::cross_entropy(logits, gt::tensor({1.0})),
               "cross_entropy: labels are integers\n  logits  [1, 3]  float32  cpu\n  target  [1]     float64  cpu\n  Convert them: target.to(gt::int64).");
}

TEST(LossErrors, RefuseToBroadcast) {
  EXPECT_ERROR(ShapeError, gt::mse_loss(gt::zeros({4, 1}), gt::zeros({4})),
               "mse_loss: prediction and target differ in shape\n  prediction  [4, 1]  float32  cpu\n  target      [4]     float32  cpu\n"
               "  They must be equal: a loss does not broadcast.");
  EXPECT_THROW(gt::binary_cross_entropy_with_logits(gt::zeros({4, 1}), gt::zeros({4})), gt::ShapeError);
  EXPECT_ERROR(ShapeError, gt::cross_entropy(gt::zeros({4, 3}), gt::arange(0, 3)),
               "cross_entropy: logits are [batch, classes], labels [batch], soft labels [batch, classes]\n  logits  [4, 3]  float32  cpu\n"
               "  target  [3]     int64  cpu");
  EXPECT_THROW(gt::cross_entropy(gt::zeros({4, 3}), gt::zeros({4, 2})), gt::ShapeError);
  EXPECT_THROW(gt::cross_entropy(gt::zeros({1, 3}), gt::tensor({0}), {.label_smoothing = 2}), gt::ValueError);
}

}  // namespace
