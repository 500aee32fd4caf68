#include "tests/support/near.h"

namespace {

gt::Tensor squares(const gt::Tensor& prediction, const gt::Tensor& target) { return gt::mse_loss(prediction, target); }

TEST(Fit, ThrowsAtTheFirstLossThatIsNotFiniteAndLeavesTheWeightsBeforeIt) {
  gt::SoftmaxRegression model(1, 2);
  auto x = gt::ones({10, 1});
  gt::narrow(x, 0, 7, 1).fill_(NAN);

  EXPECT_ERROR(ValueError, model.fit(x, gt::zeros({10}, {.dtype = gt::int64}), {.batch = 10}),
               "fit: the loss of batch 1 in epoch 1 is nan\n  Look for NaN and infinity in the data, or try a smaller "
               "learning rate.");

  EXPECT_THAT(model.weight, near({0, 0}));
  EXPECT_FALSE(model.weight.grad().defined());
}

TEST(Fit, NamesTheEpochInWhichTheLossOverflows) {
  gt::Linear model(1, 1, {.seed = 1});

  try {
    gt::fit(model, gt::ones({8, 1}), gt::zeros({8, 1}), squares, {.epochs = 100, .batch = 4, .lr = 1e9, .momentum = 0});
    ADD_FAILURE() << "nothing was thrown";
  } catch (const gt::ValueError& error) {
    EXPECT_THAT(error.text(), testing::MatchesRegex("fit: the loss of batch [12] in epoch [1-9] is (inf|nan)\n.*"));
  }
}

TEST(Fit, RefusesALossForEachExample) {
  gt::Linear model(1, 1);
  auto each = [](const gt::Tensor& prediction, const gt::Tensor& target) {
    return gt::mse_loss(prediction, target, {.reduction = gt::Reduction::none});
  };

  EXPECT_THROW(gt::fit(model, gt::ones({8, 1}), gt::zeros({8, 1}), each), gt::ShapeError);
}

// The first 1437 digits, as float64 from 0 to 1, and their labels.
struct Digits {
  gt::Tensor x = gt::flatten(gt::narrow(gt::digits().inputs, 0, 0, 1437).to(gt::float64), 1) / 16;
  gt::Tensor labels = gt::narrow(gt::digits().labels, 0, 0, 1437);
};

TEST(Fit, OfSoftmaxRegressionReachesScikitLearnsOptimum) {
  // LogisticRegression(C=1, tol=1e-10, solver="newton-cg") of scikit-learn 1.9.1 on the same rows of load_digits() /
  // 16; its loss as a mean: NLL + ‖coef‖² / (2 · 1437).
  const Digits digits;
  gt::SoftmaxRegression model(64, 10, {.dtype = gt::float64});

  const gt::Convergence fit = model.fit(digits.x, digits.labels, {.l2 = 1.0 / 1437, .tolerance = 1e-8});

  EXPECT_EQ(fit.reason, gt::StopReason::gradient);
  EXPECT_LE(fit.gradient_norm, 1e-8);
  EXPECT_LE(fit.iterations, 400);  // its L-BFGS takes 306
  EXPECT_NEAR(fit.value, 0.196355663336, 1e-11);
  EXPECT_NEAR(gt::sum(gt::square(model.weight)).item(), 286.1477613053, 1e-3);
  EXPECT_THAT(gt::select(model.weight, 1, 36), near({-1.72764821, 0.53014901, -0.20819699, 1.33091108, 0.79444988,
                                                     -0.542787, 0.0467956, 0.54578866, 0.4651186, -1.23458062},
                                                    1e-5));
  EXPECT_THAT(model.bias, near({0.81011151, -1.92085353, -0.07679053, 1.94249649, 1.39526999, -0.46955318, -2.01526801,
                                1.76466296, -1.73931397, 0.30923828},
                               1e-4));
  EXPECT_NEAR(model.score(digits.x, digits.labels), 0.9895615866388309, 1e-12);
}

TEST(Fit, OfLogisticRegressionReachesScikitLearnsOptimum) {
  // Digits of at least 5 against the others: LogisticRegression(C=1, tol=1e-10, solver="newton-cholesky").
  const Digits digits;
  gt::LogisticRegression model(64, {.dtype = gt::float64});

  const auto fit = model.fit(digits.x, digits.labels >= 5, {.l2 = 1.0 / 1437, .tolerance = 1e-8});

  EXPECT_TRUE(fit.converged());
  EXPECT_NEAR(fit.value, 0.259456829281, 1e-11);
  EXPECT_NEAR(model.bias.item(), -1.03063631, 1e-5);
  EXPECT_NEAR(gt::sum(gt::square(model.weight)).item(), 95.1545169612, 1e-3);
  EXPECT_THAT(gt::narrow(model.weight, 1, 18, 12),
              near({1.44027206, -0.74167016, -3.16274141, -0.53163585, -1.33697816, -0.28819329, -0.07754638,
                    -1.69634621, 1.276403, 2.46473955, 0.52013845, 1.97595788},
                   1e-5));
}

TEST(Fit, ByGradientDescentComesNearTheSameOptimum) {
  const Digits digits;
  gt::LogisticRegression there(64, {.dtype = gt::float64}), near_it(64, {.dtype = gt::float64});
  const auto fit = there.fit(digits.x, digits.labels >= 5, {.l2 = 0.1});

  near_it.fit(digits.x, digits.labels >= 5,
              gt::GradientDescent{.epochs = 300, .batch = 1437, .lr = 0.5, .weight_decay = 0.1});

  EXPECT_TRUE(fit.converged());
  EXPECT_NEAR(near_it.score(digits.x, digits.labels >= 5), there.score(digits.x, digits.labels >= 5), 0.01);
  EXPECT_THAT(near_it.weight, near(there.weight, 0.05));  // weight decay shrinks the bias too
}

TEST(Fit, OfSoftLabelsMeetsThemWhereItCan) {
  // One feature that is always 0: the bias alone learns, and p is the mean of the labels.
  gt::SoftmaxRegression softmax(1, 3, {.dtype = gt::float64});
  gt::LogisticRegression logistic(1, {.dtype = gt::float64});
  const auto x = gt::zeros({2, 1}, {.dtype = gt::float64});

  softmax.fit(x, gt::tensor({{0.5, 0.25, 0.25}, {0.75, 0.25, 0.0}}), {.l2 = 1, .tolerance = 1e-10});
  logistic.fit(x, gt::tensor({0.3, 0.1}), {.tolerance = 1e-10});

  EXPECT_THAT(softmax.predict_proba(gt::zeros({1, 1}, {.dtype = gt::float64})), near({0.625, 0.25, 0.125}, 1e-9));
  EXPECT_THAT(logistic.predict_proba(gt::zeros({1, 1}, {.dtype = gt::float64})), near({0.2}, 1e-9));
}

TEST(Fit, SaysWhyItStoppedAndRefusesWhatMakesNoSense) {
  const auto x = gt::tensor({{0.0}, {1.0}}), y = gt::tensor({0, 1});
  gt::LogisticRegression model(1, {.dtype = gt::float64});

  EXPECT_EQ(model.fit(x, y, {.max_iterations = 3}).reason, gt::StopReason::max_iterations);
  EXPECT_ERROR(ValueError, model.fit(x, y, {.l2 = -1}), "fit: l2 = -1 makes no sense: it must be at least 0");
  EXPECT_ERROR(ShapeError, model.fit(x, gt::tensor({0, 1, 1})),
               "fit: there is a target for each example\n  x       [2, 1]  float64  cpu\n  target  [3]     int32  cpu");
  EXPECT_THROW(model.fit(x / 0, y), gt::ValueError);
}

TEST(Fit, WithEmptyBracesGoesToConvergence) {
  gt::SoftmaxRegression softmax(1, 2);
  gt::LogisticRegression logistic(1);
  const auto x = gt::tensor({{0.f}, {1.f}}), y = gt::tensor({0, 1});

  const gt::Convergence of_many = softmax.fit(x, y, {}), of_two = logistic.fit(x, y, {});

  EXPECT_LT(of_many.value, 1e-3);
  EXPECT_LT(of_two.value, 1e-3);
}

}  // namespace
