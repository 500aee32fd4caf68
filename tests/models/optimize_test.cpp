#include "tests/support/near.h"

namespace {

gt::Tensor part(const gt::Tensor& x, int i) { return gt::select(x, 0, i); }

// Minima of 0, all four by hand: (3, 2) is the one near the start.
gt::Tensor himmelblau(const gt::Tensor& x) {
  return gt::square(gt::square(part(x, 0)) + part(x, 1) - 11) + gt::square(part(x, 0) + gt::square(part(x, 1)) - 7);
}
gt::Tensor rosenbrock(const gt::Tensor& x) {
  return 100 * gt::square(part(x, 1) - gt::square(part(x, 0))) + gt::square(1 - part(x, 0));
}

TEST(Optimize, FindsTheMinimumNearTheStart) {
  const auto x0 = gt::tensor({2.0, 2.5});
  for (const auto& found : {gt::optimize::lbfgs(himmelblau, x0), gt::optimize::newton(himmelblau, x0)}) {
    EXPECT_EQ(found.reason, gt::StopReason::gradient);
    EXPECT_THAT(found.x, near({3, 2}, 1e-9));
    EXPECT_NEAR(found.value, 0, 1e-16);
    EXPECT_FALSE(found.x.requires_grad());
  }
  EXPECT_THAT(x0, near({2, 2.5}));
}

TEST(Optimize, KeepsTheShapeOfX) {
  auto f = [](const gt::Tensor& x) { return gt::sum(gt::square(x - 1)); };

  EXPECT_EQ(gt::optimize::lbfgs(f, gt::zeros({2, 3})).x.shape(), (gt::Shape{2, 3}));
  EXPECT_EQ(gt::optimize::newton(f, gt::zeros({2, 3})).x.shape(), (gt::Shape{2, 3}));
  EXPECT_THAT(gt::optimize::newton(f, gt::scalar(5.0)).x, near({1}));
}

TEST(Newton, TakesOneStepToTheBottomOfAParabola) {
  const auto a = gt::tensor({{4.0, 1.0}, {1.0, 3.0}}), b = gt::tensor({1.0, 2.0});

  const auto found =
      gt::optimize::newton([&](const gt::Tensor& x) { return gt::matmul(x, gt::matmul(a, x)) / 2 - gt::matmul(b, x); },
                           gt::tensor({100.0, -50.0}));

  EXPECT_EQ(found.iterations, 1);
  EXPECT_THAT(found.x, near({1.0 / 11, 7.0 / 11}, 1e-13));  // a⁻¹ b
}

TEST(Newton, ConvergesQuadratically) {
  // log(1 + exp(x)) - x / 4: sigmoid(x) = 1/4 at -log 3.
  auto f = [](const gt::Tensor& x) { return gt::softplus(x) - x / 4; };
  std::vector<double> errors;
  for (int i = 1; i <= 5; ++i)
    errors.push_back(std::abs(
        gt::optimize::newton(f, gt::scalar(0.0), {.max_iterations = i, .tolerance_grad = 0}).x.item() + std::log(3)));

  for (std::size_t i = 0; i + 1 < errors.size(); ++i)
    EXPECT_LE(errors[i + 1], std::max(errors[i] * errors[i], 1e-15)) << "step " << i + 1;
  EXPECT_LE(errors[4], 1e-15);
}

TEST(Newton, GoesDownWhereTheHessianIsNotPositiveDefinite) {
  // (x² - 1)² / 4 + y²: at (0.1, 1) the Hessian is diag(-0.97, 2), and the plain step goes up to the saddle at x = 0.
  auto f = [](const gt::Tensor& x) { return gt::square(gt::square(part(x, 0)) - 1) / 4 + gt::square(part(x, 1)); };

  EXPECT_THAT(gt::optimize::newton(f, gt::tensor({0.1, 1.0})).x, near({1, 0}, 1e-8));
  EXPECT_THAT(gt::optimize::newton(f, gt::tensor({-0.1, 1.0})).x, near({-1, 0}, 1e-8));
  EXPECT_LE(gt::optimize::newton(rosenbrock, gt::tensor({-1.2, 1.0})).iterations, 25);
  EXPECT_THAT(gt::optimize::newton(rosenbrock, gt::tensor({-1.2, 1.0})).x, near({1, 1}, 1e-8));
}

TEST(Newton, FindsOneOfManyMinimaWhereTheHessianIsSingular) {
  // Only the difference counts: any point with x₀ - x₁ = -log 3 is one.
  auto f = [](const gt::Tensor& x) { return gt::softplus(part(x, 0) - part(x, 1)) - (part(x, 0) - part(x, 1)) / 4; };

  const auto found = gt::optimize::newton(f, gt::tensor({1.0, -1.0}));

  EXPECT_TRUE(found.converged());
  EXPECT_LE(found.iterations, 8);
  EXPECT_THAT(found.x, near({-std::log(3) / 2, std::log(3) / 2}, 1e-7));
}

TEST(Newton, GoesDownTheGradientWithoutCurvature) {
  const auto found = gt::optimize::newton([](const gt::Tensor& x) { return gt::sum(x); }, gt::tensor({1.0, 2.0}),
                                          {.max_iterations = 1});

  EXPECT_EQ(found.reason, gt::StopReason::max_iterations);
  EXPECT_LT(found.value, 3);
}

TEST(Optimize, RefusesWhatMakesNoSense) {
  EXPECT_ERROR(ValueError, gt::optimize::lbfgs({}, gt::ones({1})), "lbfgs: an empty function was given");
  EXPECT_ERROR(ValueError, gt::optimize::newton({}, gt::ones({1})), "newton: an empty function was given");
  EXPECT_ERROR(ValueError, gt::optimize::newton(himmelblau, gt::tensor({1.0, 1.0}), {.max_iterations = -1}),
               "newton: -1 iterations cannot be");
  EXPECT_ERROR(ShapeError, gt::optimize::newton([](const gt::Tensor& x) { return x; }, gt::ones({2})),
               "newton: the loss is not one number\n  loss  [2]  float32  cpu\n  Take its mean or its sum.");
  EXPECT_THROW(gt::optimize::lbfgs(himmelblau, gt::tensor({1, 1})), gt::DTypeError);
}

}  // namespace
