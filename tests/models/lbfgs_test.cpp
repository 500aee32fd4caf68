#include "tests/support/near.h"

namespace {

const gt::TensorOptions wide{.dtype = gt::float64};

// Σ 100 (x_{i+1} - x_i²)² + (1 - x_i)²: its minimum is 0 at ones.
gt::Tensor rosenbrock(const gt::Tensor& x) {
  const auto rest = x.numel() - 1;
  const auto left = gt::narrow(x, 0, 0, rest), right = gt::narrow(x, 0, 1, rest);
  return gt::sum(100 * gt::square(right - gt::square(left)) + gt::square(1 - left));
}

TEST(LBFGS, FindsTheBottomOfRosenbrocksValley) {
  auto x = gt::tensor({-1.2, 1.0}).requires_grad_();
  const gt::Convergence found = gt::LBFGS({x}).minimize([&] { return rosenbrock(x); });

  EXPECT_EQ(found.reason, gt::StopReason::gradient);
  EXPECT_TRUE(found.converged());
  EXPECT_LE(found.gradient_norm, 1e-8);
  EXPECT_NEAR(found.value, 0, 1e-16);
  EXPECT_THAT(x, near({1, 1}, 1e-8));
  EXPECT_LE(found.iterations, 50);  // SciPy 1.17.1's L-BFGS-B takes 38
  EXPECT_LE(found.evaluations, 70);
}

TEST(LBFGS, ConvergesInFewStepsOnAParabola) {
  const auto curvature = gt::tensor({1.0, 3.0, 10.0, 30.0, 100.0});
  auto x = gt::ones({5}, wide).requires_grad_();

  const auto found = gt::LBFGS({x}).minimize([&] { return gt::sum(curvature * gt::square(x - 2)); });

  EXPECT_TRUE(found.converged());
  EXPECT_LE(found.iterations, 25);
  EXPECT_THAT(x, near({2, 2, 2, 2, 2}, 1e-8));
}

TEST(LBFGS, MovesParametersOfSeveralShapesAndTypesTogether) {
  auto w = gt::zeros({2, 2}).requires_grad_(), b = gt::scalar(0.0).requires_grad_(),
       unused = gt::ones({3}).requires_grad_();
  const auto wanted = gt::tensor({{1.f, 2.f}, {3.f, 4.f}});

  const auto found = gt::LBFGS({w, b, unused}, {.tolerance_grad = 1e-5}).minimize([&] {
    return gt::sum(gt::square(w - wanted)) + gt::square(b * 3 - 6);
  });

  EXPECT_TRUE(found.converged());
  EXPECT_THAT(w, near(wanted, 1e-5));
  EXPECT_THAT(b, near({2}, 1e-5));
  EXPECT_THAT(unused, near({1, 1, 1}));
  EXPECT_FALSE(w.grad().defined());
}

TEST(LBFGS, StepsOneIterationAtATimeAndNeverClimbs) {
  auto x = gt::tensor({-1.2, 1.0}).requires_grad_(), y = gt::tensor({-1.2, 1.0}).requires_grad_();
  gt::LBFGS single({x});
  double before = rosenbrock(x).item();
  for (int i = 0; i < 12; ++i) {
    const double now = single.step([&] { return rosenbrock(x); });
    EXPECT_LT(now, before);
    EXPECT_EQ(now, rosenbrock(x).item());
    before = now;
  }
  const auto found = gt::LBFGS({y}, {.max_iterations = 12}).minimize([&] { return rosenbrock(y); });

  EXPECT_EQ(found.reason, gt::StopReason::max_iterations);
  EXPECT_EQ(found.iterations, 12);
  EXPECT_EQ(found.value, before);
  EXPECT_EQ(y.to_vector<double>(), x.to_vector<double>());
}

TEST(LBFGS, SaysWhyItStopped) {
  auto run = [](gt::LBFGSOptions options, auto loss) {
    auto x = gt::tensor({3.0}).requires_grad_();
    return gt::LBFGS({x}, options).minimize([&] { return loss(x); }).reason;
  };
  auto bowl = [](const gt::Tensor& x) { return gt::square(x) + gt::exp(x); };
  EXPECT_EQ(run({}, bowl), gt::StopReason::gradient);
  EXPECT_EQ(run({.max_iterations = 2}, bowl), gt::StopReason::max_iterations);
  EXPECT_EQ(run({.tolerance_grad = 0, .tolerance_change = 1e-3}, bowl), gt::StopReason::change);
  // A roof falls to both sides, but its slope says that it rises: a gradient that is wrong.
  EXPECT_EQ(run({}, [](const gt::Tensor& x) { return 2 * x - 3 * (x.detach() - 3); }), gt::StopReason::line_search);
  EXPECT_STREQ(gt::to_string(gt::StopReason::change), "the change of the loss is within tolerance");
}

TEST(LBFGS, GoesInFloat32AsFarAsRoundingLetsIt) {
  auto x = gt::tensor({-1.2f, 1.f}).requires_grad_();

  const auto found = gt::LBFGS({x}, {.tolerance_grad = 0}).minimize([&] { return rosenbrock(x); });

  EXPECT_THAT(x, near({1, 1}, 1e-3));
  EXPECT_LT(found.evaluations, 200);
}

TEST(LBFGS, StepsBackFromWhereTheLossIsNotFinite) {
  // log is NaN left of 0, where the first long step leads.
  auto x = gt::tensor({100.0}).requires_grad_();

  const auto found = gt::LBFGS({x}).minimize([&] { return 1000 * (x - gt::log(x)); });

  EXPECT_TRUE(found.converged());
  EXPECT_THAT(x, near({1}, 1e-8));
}

TEST(LBFGS, LeavesFrozenParametersAlone) {
  auto w = gt::tensor({1.0}).requires_grad_(), frozen = gt::tensor({5.0}).requires_grad_(false);

  gt::LBFGS({frozen, w}).minimize([&] { return gt::square(w - frozen); });

  EXPECT_THAT(w, near({5}));
  EXPECT_EQ(frozen.item(), 5);
}

TEST(LBFGS, LeavesTheParametersWhereTheyWereWhenTheLossThrows) {
  auto x = gt::tensor({-1.2, 1.0}).requires_grad_();
  gt::LBFGS optimizer({x});
  int calls = 0;
  auto loss = [&] {
    if (++calls == 2) throw std::runtime_error("no loss");
    return rosenbrock(x);
  };

  EXPECT_THROW(optimizer.step(loss), std::runtime_error);

  EXPECT_THAT(x, near({-1.2, 1}));
  EXPECT_LT(optimizer.step(loss), 24.2);  // and goes on
}

TEST(LBFGS, StartsAfterAllOnceTheLossIsFinite) {
  auto w = gt::tensor({3.0}).requires_grad_();
  double divisor = 0;
  gt::LBFGS optimizer({w});
  auto loss = [&] { return gt::square(w) / divisor; };
  EXPECT_THROW(optimizer.step(loss), gt::ValueError);
  EXPECT_THROW(optimizer.step({}), gt::ValueError);

  divisor = 1;

  EXPECT_LT(optimizer.step(loss), 9);
  EXPECT_THROW(optimizer.step({}), gt::ValueError);
}

TEST(LBFGS, RefusesWhatMakesNoSense) {
  auto w = gt::ones({2}, wide).requires_grad_();

  EXPECT_ERROR(ValueError, gt::LBFGS({w}, {.history_size = 0}), "LBFGS: a history of 0 steps says nothing");
  EXPECT_ERROR(ValueError, gt::LBFGS({w}, {.max_iterations = -1}), "LBFGS: -1 iterations cannot be");
  EXPECT_ERROR(ValueError, gt::LBFGS({w}, {.tolerance_grad = NAN}),
               "LBFGS: a tolerance of nan makes no sense: it must be at least 0");
  EXPECT_ERROR(ValueError, gt::LBFGS({}), "optimizer: there are no parameters to learn");
  EXPECT_ERROR(ValueError, gt::LBFGS({w.detach().requires_grad_(false)}), "LBFGS: all parameters are frozen");
  EXPECT_ERROR(ValueError, gt::LBFGS({w}).step({}), "LBFGS: an empty function was given as loss");
  EXPECT_ERROR(ShapeError, gt::LBFGS({w}).step([&] { return w * 2; }),
               "LBFGS: the loss is not one number\n  loss  [2]  float64  cpu\n  Take its mean or its sum.");
  EXPECT_ERROR(ValueError, gt::LBFGS({w}).step([&] { return gt::sum(w / 0); }),
               "LBFGS: the search cannot start where the loss is inf and its gradient's norm inf\n  Look for NaN and "
               "infinity in the data, or start elsewhere.");
}

}  // namespace
