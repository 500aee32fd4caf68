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
  EXPECT_THAT(gt::cross_entropy(logits, labels, {.weight = weight, .reduction = gt::Reduction::sum}),
              near({8 * third}));
  EXPECT_THAT(gt::cross_entropy(logits, labels, {.weight = weight}), near({third}));
  EXPECT_THAT(gt::cross_entropy(logits, gt::tensor({7, 7, 7, 7}), {.ignore_index = 7}), near({0}));
  EXPECT_THAT(
      gt::cross_entropy(logits, gt::tensor({1, 0, 0, 2}), {.ignore_index = 0, .reduction = gt::Reduction::none}),
      near({third, 0, 0, third}));
  EXPECT_THAT(gt::nll_loss(gt::log_softmax(logits), gt::tensor({1, 0, 0, 2}),
                           {.ignore_index = 0, .reduction = gt::Reduction::none}),
              near({third, 0, 0, third}));
}

TEST(CrossEntropy, OfSoftLabelsAgreesWithHardOnes) {
  const auto logits = gt::tensor({{0.3, -1.0, 2.0}, {1.0, 0.5, 0.0}});
  const auto labels = gt::tensor({2, 0});
  const auto rows = gt::one_hot(labels, 3, {.dtype = gt::float64});

  EXPECT_THAT(gt::cross_entropy(logits, rows), near(gt::cross_entropy(logits, labels)));
  EXPECT_THAT(gt::cross_entropy(logits, rows, {.label_smoothing = 0.2}),
              near(gt::cross_entropy(logits, labels, {.label_smoothing = 0.2})));
  EXPECT_THAT(gt::cross_entropy(logits, rows * 0.8 + 0.2 / 3),
              near(gt::cross_entropy(logits, labels, {.label_smoothing = 0.2})));
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
  EXPECT_THAT(gt::binary_cross_entropy_with_logits(gt::tensor({-1000.0, 1000.0}), gt::tensor({1.0, 0.0})),
              near({1000}));
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
               "cross_entropy: value 10 at position 1 is out of range\n  labels  [3]  int32  cpu\n  It must be at "
               "least 0 and below 10.");
  EXPECT_ERROR(IndexError, gt::cross_entropy(gt::zeros({1, 10}), gt::tensor({-1})),
               "cross_entropy: value -1 at position 0 is out of range\n  labels  [1]  int32  cpu\n  It must be at "
               "least 0 and below 10.");
}

TEST(MseLoss, OfIntegersDoesNotCutTheTarget) {
  EXPECT_THAT(gt::mse_loss(gt::tensor({1, 2}), gt::tensor({0.5f, 1.5f})), near({0.25}));
  EXPECT_THAT(gt::binary_cross_entropy_with_logits(gt::tensor({2, 2}), gt::tensor({0.5f, 0.5f})),
              near({std::log1p(std::exp(-2.0)) + 1}));
}

TEST(LossErrors, NameAWeightThatDoesNotFit) {
  const auto logits = gt::zeros({1, 3}), soft = gt::full({1, 3}, 1.0 / 3), two = gt::ones({2});
  const char* text =
      "cross_entropy: there is a weight for each class\n  logits  [1, 3]  float32  cpu\n  weight  [2]     float32  cpu";
  EXPECT_ERROR(ShapeError, gt::cross_entropy(logits, soft, {.weight = two}), text);
  EXPECT_ERROR(ShapeError, gt::cross_entropy(logits, gt::tensor({0}), {.weight = two, .label_smoothing = 0.1}), text);
  EXPECT_ERROR(DTypeError, gt::cross_entropy(logits, gt::tensor({1.0})),
               "cross_entropy: labels are integers\n  logits  [1, 3]  float32  cpu\n  target  [1]     float64  cpu\n  "
               "Convert them: target.to(gt::int64).");
}

TEST(LossErrors, RefuseToBroadcast) {
  EXPECT_ERROR(ShapeError, gt::mse_loss(gt::zeros({4, 1}), gt::zeros({4})),
               "mse_loss: prediction and target differ in shape\n  prediction  [4, 1]  float32  cpu\n  target      [4] "
               "    float32  cpu\n"
               "  They must be equal: a loss does not broadcast.");
  EXPECT_THROW(gt::binary_cross_entropy_with_logits(gt::zeros({4, 1}), gt::zeros({4})), gt::ShapeError);
  EXPECT_ERROR(ShapeError, gt::cross_entropy(gt::zeros({4, 3}), gt::arange(0, 3)),
               "cross_entropy: there is a label for each row of logits\n  logits  [4, 3]  float32  cpu\n  target  [3]  "
               "   int64  cpu\n"
               "  4 and 3 must be equal.");
  EXPECT_THROW(gt::cross_entropy(gt::zeros({4, 3}), gt::zeros({4, 2})), gt::ShapeError);
  EXPECT_THROW(gt::cross_entropy(gt::zeros({1, 3}), gt::tensor({0}), {.label_smoothing = 2}), gt::ValueError);
}

// The loss and, for its sum, the gradient by its logits.
struct Got {
  gt::Tensor loss, gradient;
};
template <class F>
Got taken(gt::Tensor logits, F loss) {
  logits.requires_grad_();
  gt::Tape tape;
  const auto value = loss(logits);
  gt::sum(value).backward();
  return {value.detach(), logits.grad()};
}

TEST(CrossEntropy, ATermOfWeightZeroIsZero) {
  const double none = -INFINITY, loss = std::log(1 + std::exp(-1.0)), p = 1 / (1 + std::exp(1.0));
  for (gt::DType dtype : {gt::float32, gt::float64}) {
    const auto logits = gt::tensor({{1.0, none, 2.0}}).to(dtype), first = gt::tensor({1.0, 0.0, 1.0}).to(dtype);

    const auto soft = taken(
        logits.clone(), [&](const auto& x) { return gt::cross_entropy(x, gt::tensor({{0.0, 0.0, 1.0}}).to(dtype)); });
    EXPECT_THAT(soft.loss, near({loss}));
    EXPECT_THAT(soft.gradient, near({p, 0, -p}));

    const auto weighted = taken(logits.clone(), [&](const auto& x) {
      return gt::cross_entropy(x, gt::tensor({{0.0, 0.5, 0.5}}).to(dtype), {.weight = first});
    });
    EXPECT_THAT(weighted.loss, near({loss / 2}));
    EXPECT_THAT(weighted.gradient, near({p / 2, 0, -p / 2}));

    for (double smoothing : {0.0, 0.3}) {
      const auto labels = gt::tensor({2, 1});
      const auto rows = gt::tensor({{1.0, none, 2.0}, {1.0, none, 2.0}}).to(dtype);
      const auto mean = taken(rows.clone(), [&](const auto& x) {
        return gt::cross_entropy(x, labels, {.weight = first, .label_smoothing = smoothing});
      });
      const double smooth = smoothing * (2 * loss + 1) / 3;  // of both rows: weights 1, 0, 1
      EXPECT_THAT(mean.loss, near({(1 - smoothing) * loss + 2 * smooth})) << smoothing;
      const auto all_smooth =
          gt::cross_entropy(rows, labels, {.weight = first, .label_smoothing = 1, .reduction = gt::Reduction::none});
      EXPECT_THAT(all_smooth, near({(2 * loss + 1) / 3, (2 * loss + 1) / 3}));
      EXPECT_FALSE(std::isnan(gt::sum(mean.gradient).item()));
    }
    const auto log_probs = gt::tensor({{-1.0, none}, {-1.0, none}}).to(dtype);
    const gt::Tensor weight = gt::tensor({1.0, 0.0}).to(dtype);
    EXPECT_THAT(gt::nll_loss(log_probs, gt::tensor({0, 1}), {.weight = weight}), near({1}));
    EXPECT_THAT(gt::nll_loss(log_probs, gt::tensor({0, 1}), {.weight = weight, .reduction = gt::Reduction::sum}),
                near({1}));
    EXPECT_THAT(gt::nll_loss(log_probs, gt::tensor({0, 1}), {.weight = weight, .reduction = gt::Reduction::none}),
                near({1, 0}));
  }
}

TEST(CrossEntropy, ALabelOfWeightZeroHidesNanAndInfinityInBothDerivatives) {
  for (int columns : {3, 70}) {
    auto logits = gt::zeros({2, columns}, {.dtype = gt::float64});
    gt::select(gt::select(logits, 0, 0), 0, 1).fill_(INFINITY);
    auto weight = gt::ones({columns}, {.dtype = gt::float64});
    gt::select(weight, 0, 0).zero_();
    logits.requires_grad_();
    for (bool again : {false, true}) {
      gt::Tape tape;
      const auto loss = gt::cross_entropy(logits, gt::tensor({0, 1}), {.weight = weight});
      const auto g = gt::grad(loss, logits, {.create_graph = again});

      EXPECT_NEAR(loss.item(), std::log(columns), 1e-12);
      EXPECT_THAT(gt::select(g, 0, 0), near(gt::zeros({columns})));
      EXPECT_NEAR(gt::select(gt::select(g, 0, 1), 0, 1).item(), 1.0 / columns - 1, 1e-12);
    }
  }
}

TEST(CrossEntropy, OfATermWithWeightAtMinusInfinityIsInfinite) {
  const auto logits = gt::tensor({{1.0, -HUGE_VAL, 2.0}});
  EXPECT_EQ(gt::cross_entropy(logits, gt::tensor({1})).item(), INFINITY);
  EXPECT_EQ(gt::cross_entropy(logits, gt::tensor({{0.0, 0.5, 0.5}})).item(), INFINITY);
  EXPECT_EQ(gt::cross_entropy(logits, gt::tensor({2}), {.label_smoothing = 0.1}).item(), INFINITY);
}

TEST(BinaryCrossEntropy, OfACertainAndRightAnswerIsZero) {
  for (gt::DType dtype : {gt::float32, gt::float64}) {
    const auto y = gt::tensor({1.0, 0.0, 1.0, 0.0, 0.5}).to(dtype);
    const auto got = taken(
        gt::tensor({HUGE_VAL, -HUGE_VAL, -HUGE_VAL, HUGE_VAL, HUGE_VAL}).to(dtype),
        [&](const auto& x) { return gt::binary_cross_entropy_with_logits(x, y, {.reduction = gt::Reduction::none}); });

    EXPECT_THAT(got.loss, near({0, 0, INFINITY, INFINITY, INFINITY}));
    EXPECT_THAT(got.gradient, near({0, 0, -1, 1, 0.5}));  // sigmoid(x) - y
  }
}

TEST(BinaryCrossEntropy, HasItsSecondDerivativeWhereTheTargetIsCertain) {
  auto x = gt::tensor({0.5, -2.0}).requires_grad_();
  const auto y = gt::tensor({1.0, 0.0});
  gt::Tape tape;
  const auto g = gt::grad(gt::binary_cross_entropy_with_logits(x, y, {.reduction = gt::Reduction::sum}), x,
                          {.create_graph = true});
  const auto p = 1 / (1 + gt::exp(-x.detach()));

  EXPECT_THAT(g, near(p - y, 1e-14));
  EXPECT_THAT(gt::grad(gt::sum(g), x), near(p * (1 - p), 1e-14));
}

TEST(LossErrors, NameLabelsAndSizesThatDiffer) {
  const auto logits = gt::zeros({4, 3});
  EXPECT_ERROR(ShapeError, gt::cross_entropy(logits, gt::tensor({0, 1})),
               "cross_entropy: there is a label for each row of logits\n  logits  [4, 3]  float32  cpu\n  target  [2]  "
               "   int32  cpu\n"
               "  4 and 2 must be equal.");
  EXPECT_ERROR(ShapeError, gt::nll_loss(logits, gt::tensor({0, 1})),
               "nll_loss: there is a label for each row of log_probs\n  log_probs  [4, 3]  float32  cpu\n  labels     "
               "[2]     int32  cpu\n"
               "  4 and 2 must be equal.");
  EXPECT_ERROR(DTypeError, gt::nll_loss(logits, gt::zeros({4})),
               "nll_loss: labels are integers\n  labels  [4]  float32  cpu\n  Convert them: x.to(gt::int64).");
}

TEST(BinaryCrossEntropy, OfProbabilitiesHoldsItsLogsAndSlopesAsLibtorchDoes) {
  const auto y = gt::tensor({1.0, 0.0, 0.0, 1.0, 1.0});
  const auto got = taken(gt::tensor({0.0, 1.0, 0.0, 1.0, 1e-9}), [&](const auto& p) {
    return gt::binary_cross_entropy(p, y, {.reduction = gt::Reduction::none});
  });
  EXPECT_THAT(got.loss, near({100, 100, 0, 0, 9 * std::log(10.0)}));
  EXPECT_THAT(got.gradient, near({-1e12, 1e12, 0, 0, -1e9}));
}

TEST(BinaryCrossEntropy, OfSmallProbabilitiesKeepsFullAccuracy) {
  const auto p = gt::tensor({1e-10, 1e-300});
  const auto loss = gt::binary_cross_entropy(p, gt::zeros_like(p), {.reduction = gt::Reduction::none});
  EXPECT_EQ(loss.to_vector<double>(), (std::vector{-std::log1p(-1e-10), 1e-300}));
}

TEST(BinaryCrossEntropy, ATermOfWeightZeroIsZero) {
  const auto x = gt::tensor({{HUGE_VAL, 1.0}, {-HUGE_VAL, 2.0}}), y = gt::tensor({{0.0, 0.0}, {1.0, 0.0}});
  const auto first = gt::tensor({0.0, 1.0});
  const double other = std::log1p(std::exp(1.0)) + std::log1p(std::exp(2.0));
  EXPECT_THAT(gt::binary_cross_entropy_with_logits(x, y, {.weight = first, .reduction = gt::Reduction::sum}),
              near({other}));
  const auto ones = gt::ones_like(y);
  EXPECT_THAT(gt::binary_cross_entropy_with_logits(-x, ones, {.pos_weight = first, .reduction = gt::Reduction::sum}),
              near({other}));
  EXPECT_THAT(gt::binary_cross_entropy(gt::tensor<double>({NAN, 0.5}), gt::tensor({1.0, 1.0}),
                                       {.weight = first, .reduction = gt::Reduction::sum}),
              near({std::log(2.0)}));
}

TEST(KlDiv, OfWhatTheTargetLeavesOutIsZero) {
  const double none = -HUGE_VAL;
  const auto log_p = gt::tensor({std::log(0.5), none, std::log(0.5)}), q = gt::tensor({1.0, 0.0, 0.0});
  EXPECT_THAT(gt::kl_div(log_p, q, {.reduction = gt::Reduction::none}), near({std::log(2.0), 0, 0}));
  EXPECT_THAT(gt::kl_div(log_p, gt::log(q), {.reduction = gt::Reduction::none, .log_target = true}),
              near({std::log(2.0), 0, 0}));
  EXPECT_THAT(taken(log_p, [&](const auto& x) { return gt::kl_div(x, q); }).gradient, near({-1 / 3.0, 0, 0}));
  EXPECT_EQ(gt::kl_div(gt::tensor({none}), gt::tensor({0.5})).item(), HUGE_VAL);
}

TEST(PoissonNll, OfNoEventAtARateOfZeroIsZero) {
  const auto got = taken(gt::tensor({-HUGE_VAL}),
                         [](const auto& x) { return gt::poisson_nll_loss(x, gt::tensor({0.0}), {.full = true}); });
  EXPECT_THAT(got.loss, near({0}));
  EXPECT_THAT(got.gradient, near({0}));
}

TEST(GaussianNll, OfALesserVarianceIsThatOfEpsAndCanGrow) {
  const auto x = gt::tensor({1.0}), y = gt::tensor({0.0});
  const auto got =
      taken(gt::tensor({0.0}), [&](const auto& v) { return gt::gaussian_nll_loss(x, y, v, {.eps = 0.25}); });
  EXPECT_THAT(got.loss, near({0.5 * (std::log(0.25) + 4)}));
  EXPECT_THAT(got.gradient, near({0.5 * (4 - 16)}));  // ½ (1/v - 1/v²)
}

TEST(GaussianNll, TakesAVarianceForEachRow) {
  const auto x = gt::tensor({{1.0, 2.0}, {3.0, 4.0}}), y = gt::zeros({2, 2}, {.dtype = gt::float64});
  const auto row = gt::tensor({1.0, 2.0}), full = gt::tensor({{1.0, 1.0}, {2.0, 2.0}});
  EXPECT_THAT(gt::gaussian_nll_loss(x, y, row), near(gt::gaussian_nll_loss(x, y, full), 0));
  EXPECT_ERROR(ShapeError, gt::gaussian_nll_loss(x, y, gt::ones({3})),
               "gaussian_nll_loss: the variance does not fit the prediction\n  prediction  [2, 2]  float64  cpu\n  "
               "variance    [3]     float32  cpu\n  It is of one shape with it, or has one number in place of the last "
               "dimension.");
}

TEST(SmoothL1, OfBetaZeroIsL1) {
  const auto x = gt::tensor({-2.0, 0.0, 0.5}), zero = gt::zeros_like(x);
  EXPECT_THAT(gt::smooth_l1_loss(x, zero, {.beta = 0}), near(gt::l1_loss(x, zero), 0));
}

TEST(Huber, HasTheSecondDerivativeOfASquareAtZero) {
  const auto x = gt::tensor({0.0, 0.5, -3.0});
  EXPECT_THAT(
      gt::hessian(
          [](const gt::Tensor& x) { return gt::huber_loss(x, gt::zeros_like(x), {.reduction = gt::Reduction::sum}); },
          x),
      near({1, 0, 0, 0, 1, 0, 0, 0, 0}));
}

TEST(LossErrors, NameNumbersThatMakeNoSense) {
  const auto x = gt::zeros({2});
  EXPECT_ERROR(ValueError, gt::huber_loss(x, x, {.delta = 0}), "huber_loss: delta is greater than 0, not 0");
  EXPECT_ERROR(ValueError, gt::smooth_l1_loss(x, x, {.beta = -1}), "smooth_l1_loss: beta is at least 0, not -1");
  EXPECT_ERROR(ValueError, gt::mse_loss(x, x, {.reduction = gt::Reduction::batchmean}),
               "mse_loss: batchmean is a reduction of kl_div alone\n  Use none, mean or sum.");
}

TEST(LossErrors, NameWeightsOfTerms) {
  const auto x = gt::zeros({2, 3});
  EXPECT_ERROR(ShapeError, gt::binary_cross_entropy(x, x, {.weight = gt::ones({4, 2, 3})}),
               "binary_cross_entropy: weight does not broadcast to the terms\n  terms   [2, 3]     float32  cpu\n  "
               "weight  [4, 2, 3]  float32  cpu");
}

TEST(LossErrors, NameLabelsInDepthThatDoNotFit) {
  const auto logits = gt::zeros({2, 3, 4}), labels = gt::zeros({2, 5}, {.dtype = gt::int64});
  EXPECT_ERROR(ShapeError, gt::cross_entropy(logits, labels),
               "cross_entropy: labels have the shape of logits without the classes\n  logits  [2, 3, 4]  float32  "
               "cpu\n  target  [2, 5]     int64  cpu");
  EXPECT_ERROR(ShapeError, gt::nll_loss(logits, labels),
               "nll_loss: labels have the shape of log_probs without the classes\n  log_probs  [2, 3, 4]  float32  "
               "cpu\n  labels     [2, 5]     int64  cpu");
  EXPECT_ERROR(IndexError, gt::cross_entropy(logits, gt::full({2, 4}, 3, {.dtype = gt::int64})),
               "cross_entropy: value 3 at position 0 is out of range\n  labels  [8]  int64  cpu\n  It must be at "
               "least 0 and below 3.");
  EXPECT_THROW(gt::cross_entropy(gt::scalar(1.0), gt::scalar(0)), gt::ShapeError);
  EXPECT_THROW(gt::cross_entropy(logits, gt::zeros({2, 3, 5})), gt::ShapeError);
  EXPECT_THROW(gt::cross_entropy(logits, gt::zeros({2, 4})), gt::DTypeError);
}

}  // namespace
