#include "tests/support/near.h"

#include <gradtape/autograd/gradcheck.h>

namespace {

// Two steps on the loss 3w, whose gradient is always 3, from w = 1.
template <class O, class Options>
double after_two_steps(Options options) {
  auto w = gt::tensor({1.0}).requires_grad_();
  O optimizer({w}, options);
  for (int i = 0; i < 2; ++i) {
    gt::Tape tape;
    gt::sum(w * 3).backward();
    optimizer.step();
  }
  return w.item();
}

TEST(SGD, StepsAgainstTheGradient) {
  EXPECT_NEAR(after_two_steps<gt::SGD>(gt::SGDOptions{.lr = 0.1}), 1 - 0.3 - 0.3, 1e-12);
  // velocity 3, then 0.9 · 3 + 3
  EXPECT_NEAR(after_two_steps<gt::SGD>(gt::SGDOptions{.lr = 0.1, .momentum = 0.9}), 1 - 0.3 - 0.57, 1e-12);
  // Nesterov: gradient + 0.9 · velocity, 5.7 and then 3 + 0.9 · 5.7
  EXPECT_NEAR(after_two_steps<gt::SGD>(gt::SGDOptions{.lr = 0.1, .momentum = 0.9, .nesterov = true}), 1 - 0.57 - 0.813,
              1e-12);
  // the gradient is 3 + 0.5 w: 3.5, then 3 + 0.5 · 0.65
  EXPECT_NEAR(after_two_steps<gt::SGD>(gt::SGDOptions{.lr = 0.1, .weight_decay = 0.5}), 1 - 0.35 - 0.3325, 1e-12);
}

TEST(Adam, StepsByTheRateWhenTheGradientStays) {
  // mean and root of the mean square are both 3, so each step is lr
  EXPECT_NEAR(after_two_steps<gt::Adam>(gt::AdamOptions{.lr = 0.1, .eps = 0}), 0.8, 1e-12);
  EXPECT_NEAR(after_two_steps<gt::AdamW>(gt::AdamWOptions{.lr = 0.1, .eps = 0, .weight_decay = 0.5}),
              (1 * 0.95 - 0.1) * 0.95 - 0.1, 1e-12);
}

TEST(RMSprop, DividesByTheRootOfTheMeanSquare) {
  // mean squares 0.1 · 9 and 0.9 · 0.9 + 0.9
  const double wanted = 1 - 0.1 * 3 / std::sqrt(0.9) - 0.1 * 3 / std::sqrt(1.71);
  EXPECT_NEAR(after_two_steps<gt::RMSprop>(gt::RMSpropOptions{.lr = 0.1, .alpha = 0.9, .eps = 0}), wanted, 1e-12);
}

TEST(Adagrad, DividesByTheRootOfTheSumOfSquares) {
  EXPECT_NEAR(after_two_steps<gt::Adagrad>(gt::AdagradOptions{.lr = 0.1, .eps = 0}), 1 - 0.1 - 0.1 / std::sqrt(2.0),
              1e-12);
}

TEST(Optimizer, LeavesAParameterWithoutAGradientAlone) {
  auto w = gt::tensor({1.0}).requires_grad_(), v = gt::tensor({2.0}).requires_grad_();
  gt::Adam optimizer({w, v}, {.lr = 0.1});
  gt::Tape tape;
  gt::sum(w * 3).backward();

  optimizer.step();

  EXPECT_THAT(v, near({2}));
  EXPECT_LT(w.item(), 1);
}

TEST(Optimizer, StepsEachParameterAsIfItWereAlone) {
  // Five parameters; the i-th gets a gradient each (i + 1)-th turn, so Adam has counted other steps for each.
  std::vector<gt::Tensor> together, alone;
  for (int i = 0; i < 5; ++i) {
    together.push_back(gt::tensor({1.0, 2.0}).requires_grad_());
    alone.push_back(gt::tensor({1.0, 2.0}).requires_grad_());
  }
  gt::Adam optimizer(together, {.lr = 0.1});
  std::vector<gt::Adam> of_each;
  for (const auto& w : alone) of_each.emplace_back(std::vector{w}, gt::AdamOptions{.lr = 0.1});

  for (int turn = 0; turn < 12; ++turn) {
    for (std::size_t i = 0; i < 5; ++i) {
      if (turn % (static_cast<int>(i) + 1) != 0) continue;
      gt::Tape tape;
      gt::sum(gt::square(together[i]) + gt::square(alone[i])).backward();
    }
    optimizer.step();
    for (auto& one : of_each) one.step();
  }

  for (std::size_t i = 0; i < 5; ++i)
    EXPECT_EQ(together[i].to_vector<double>(), alone[i].to_vector<double>()) << "parameter " << i;
}

TEST(Optimizer, WritesAParameterThatIsNotDense) {
  const auto numbers = gt::zeros({2, 3});
  auto w = gt::t(numbers).requires_grad_();
  {
    gt::Tape tape;
    gt::sum(w * gt::tensor({{1.f, 4.f}, {2.f, 5.f}, {3.f, 6.f}})).backward();
  }

  gt::SGD({w}, {.lr = 1}).step();

  EXPECT_THAT(numbers, near({-1, -2, -3, -4, -5, -6}));
}

TEST(ClipGradNorm, ScalesAllGradientsTogether) {
  auto w = gt::tensor({0.0, 0.0}).requires_grad_(), v = gt::tensor({0.0}).requires_grad_();
  {
    gt::Tape tape;
    gt::sum(w * gt::tensor({2.0, 3.0}) + v * 3).backward();  // gradients (2, 3) and 6: norm 7
  }
  const std::vector<gt::Tensor> both{w, v};

  EXPECT_NEAR(gt::clip_grad_norm_(both, 3.5), 7, 1e-12);
  EXPECT_THAT(w.grad(), near({1, 1.5}));
  EXPECT_THAT(v.grad(), near({3}));
  EXPECT_NEAR(gt::clip_grad_norm_(both, 10), 3.5, 1e-12);
}

TEST(RandomSearch, FindsTheBottomOfABowlAndNeverClimbs) {
  auto w = gt::tensor({1.0, -1.0}).requires_grad_();
  gt::RandomSearch search({w}, {.scale = 0.1, .seed = 1});
  auto bowl = [&] { return gt::sum(gt::square(w)); };
  double before = INFINITY;
  for (int i = 0; i < 500; ++i) {
    const double now = search.step(bowl);
    EXPECT_LE(now, before);
    before = now;
  }

  EXPECT_LT(before, 0.01);
  EXPECT_NEAR(bowl().item(), before, 1e-12);
}

TEST(RandomSearch, FindsTheLinearModelThatLeastSquaresGives) {
  gt::Generator numbers(5);
  const auto x = gt::cat({gt::randn({40, 2}, numbers, {.dtype = gt::float64}), gt::ones({40, 1})}, 1);
  const auto y = gt::matmul(x, gt::tensor({2.0, -1.0, 0.5})) + gt::randn({40}, numbers, {.dtype = gt::float64}) * 0.3;
  const auto wanted = gt::least_squares(x, y);
  for (double scale : {1e-3, 0.1, 100.0})
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      auto theta = gt::zeros({3}, {.dtype = gt::float64});
      gt::RandomSearch search({theta}, {.scale = scale, .seed = seed});
      for (int i = 0; i < 400; ++i) search.step([&] { return gt::mse_loss(gt::matmul(x, theta), y); });

      EXPECT_THAT(theta, near(wanted, 1e-3)) << "scale " << scale << ", seed " << seed;
    }
}

TEST(RandomSearch, KeepsItsScaleWhenOneStepInFiveIsKept) {
  auto w = gt::zeros({3});
  gt::RandomSearch search({w}, {.scale = 0.25});
  int tries = 0;
  for (int i = 0; i < 50; ++i) search.step([&] { return gt::scalar(tries++ % 5 == 0 ? -tries : 0); });

  EXPECT_NEAR(search.scale(), 0.25, 1e-12);
  EXPECT_GT(gt::amax(gt::abs(w)).item(), 0);
}

TEST(RandomSearch, TakesTheSamePathFromTheSameSeed) {
  std::vector<double> ends;
  for (std::uint64_t seed : {3, 3, 4}) {
    auto w = gt::ones({2});
    gt::RandomSearch search({w}, {.seed = seed});
    for (int i = 0; i < 30; ++i) search.step([&] { return gt::sum(gt::square(w)); });
    ends.push_back(w.to_vector<double>()[0]);
  }

  EXPECT_EQ(ends[0], ends[1]);
  EXPECT_NE(ends[0], ends[2]);
}

TEST(LeastSquares, AgreesWithGradientDescent) {
  gt::Generator numbers(1);
  const auto x = gt::randn({50, 3}, numbers, {.dtype = gt::float64});
  const auto y = gt::matmul(x, gt::tensor({2.0, -1.0, 0.5})) + gt::randn({50}, numbers, {.dtype = gt::float64}) * 0.1;
  auto w = gt::zeros({3}, {.dtype = gt::float64}).requires_grad_();
  gt::SGD optimizer({w}, {.lr = 0.01});
  for (int i = 0; i < 500; ++i) {
    gt::Tape tape;
    gt::squared_error(gt::matmul(x, w), y).backward();
    optimizer.step();
  }

  EXPECT_THAT(gt::least_squares(x, y), near(w.detach(), 1e-8));
  EXPECT_THAT(gt::least_squares(gt::tensor({{1.0, 1.0}, {1.0, 2.0}, {1.0, 3.0}}), gt::tensor({3.0, 5.0, 7.0})),
              near({1, 2}));
}

TEST(LeastSquares, HasItsDerivatives) {
  gt::Generator numbers(2);
  const auto of_type = [&](gt::Shape shape) { return gt::randn(shape, numbers, {.dtype = gt::float64}); };
  const auto f = [](const std::vector<gt::Tensor>& in) { return gt::least_squares(in[0], in[1]); };
  for (const auto& inputs : {std::vector{of_type({5, 3}), of_type({5})}, std::vector{of_type({4, 2}), of_type({4, 3})},
                             std::vector{of_type({2, 2}), of_type({2, 1})}}) {
    const auto first = gt::gradcheck(f, inputs), second = gt::gradgradcheck(f, inputs);
    EXPECT_TRUE(first) << first.text;
    EXPECT_TRUE(second) << second.text;
  }
}

TEST(LeastSquares, GivesEachInputAGradientOfItsOwnType) {
  const auto x = gt::tensor({{1.f, 1.f}, {1.f, 2.f}, {1.f, 3.f}}).requires_grad_();
  const auto y = gt::tensor({3.0, 5.0, 8.0}).requires_grad_();
  gt::Tape tape;

  const auto g = gt::grad(gt::sum(gt::least_squares(x, y)), {x, y});

  EXPECT_EQ(g[0].dtype(), gt::float32);
  EXPECT_THAT(g[1], near({5.0 / 6, 1.0 / 3, -1.0 / 6}, 1e-5));  // the columns of (xᵀx)⁻¹xᵀ, summed
}

TEST(Optimizer, UsesEachGradientOnce) {
  auto first = gt::scalar(1.0).requires_grad_(), second = gt::scalar(1.0).requires_grad_();
  gt::SGD optimizer({first, second}, {.lr = 0.125});
  for (int i = 0; i < 4; ++i) {
    gt::Tape tape;
    (i % 2 ? second * 1 : first * 1).backward();
    optimizer.step();
  }
  EXPECT_EQ(first.item(), 0.75);
  EXPECT_EQ(second.item(), 0.75);

  first.requires_grad_(false);  // frozen
  optimizer.step();

  EXPECT_EQ(first.item(), 0.75);
}

TEST(Adam, CountsTheStepsOfEachParameter) {
  auto early = gt::scalar(1.0).requires_grad_(), late = gt::scalar(1.0).requires_grad_();
  gt::Adam optimizer({early, late}, {.lr = 0.125});
  for (int i = 0; i <= 100; ++i) {
    gt::Tape tape;
    (i < 100 ? early * 1 : late * 1).backward();
    optimizer.step();
  }
  EXPECT_NEAR(late.item(), 1 - 0.125, 1e-8);  // a first step is as long as the learning rate
}

TEST(RandomSearch, LeavesTheParametersAsTheyWereWhenTheLossThrows) {
  auto x = gt::tensor({1.0});
  gt::RandomSearch search({x});
  int calls = 0;
  auto loss = [&] {
    if (++calls == 2) throw std::runtime_error("no loss");
    return gt::sum(x);
  };
  EXPECT_THROW(search.step(loss), std::runtime_error);
  EXPECT_EQ(x.item(), 1);
}

TEST(OptimizerErrors, NameTheSettingAndTheParameter) {
  auto w = gt::ones({2}).requires_grad_();

  EXPECT_ERROR(ValueError, gt::SGD({w}, {.lr = -1}),
               "optimizer: lr = -1 makes no sense: it must be a number of at least 0");
  EXPECT_ERROR(ValueError, gt::SGD({w}, {.nesterov = true}), "SGD: Nesterov's form needs momentum > 0");
  EXPECT_ERROR(ValueError, gt::Adam({gt::ones({2})}, {}),
               "optimizer: a parameter does not ask for a gradient\n  parameter  [2]  float32  cpu\n  Call "
               "requires_grad_() on it, or requires_grad_(false) if it is to stay as it is.");
  EXPECT_ERROR(ValueError, gt::SGD({}), "optimizer: there are no parameters to learn");
  EXPECT_ERROR(
      ValueError, gt::least_squares(gt::ones({3, 2}), gt::ones({3})),
      "least_squares: columns of x depend on each other, so the weights are not unique\n  x  [3, 2]  float32  cpu\n"
      "  Leave out features that are sums of others, or give an l2: {.l2 = 1e-3}.");
  const auto x = gt::ones({2}).requires_grad_();
  EXPECT_ERROR(ValueError, gt::SGD({x, x}),
               "optimizer: parameters 0 and 1 are the same\n  parameter  [2]  float32  cpu\n  Give each once.");
  EXPECT_ERROR(ValueError, gt::RandomSearch({gt::ones({1})}).step({}),
               "RandomSearch: an empty function was given as loss");
}

template <class O, class Options>
void freezes_and_thaws(Options options) {
  auto w = gt::tensor({1.0}).requires_grad_(), frozen = gt::tensor({1.0}).requires_grad_(false);
  O optimizer({w, frozen}, options);
  auto step = [&] {
    gt::Tape tape;
    gt::sum(w * 3 + frozen * 3).backward();
    optimizer.step();
  };

  step();
  step();
  EXPECT_EQ(frozen.item(), 1);
  EXPECT_LT(w.item(), 1);
  frozen.requires_grad_();
  step();
  const double thawed = frozen.item();
  EXPECT_LT(thawed, 1);
  frozen.requires_grad_(false);
  step();
  EXPECT_EQ(frozen.item(), thawed);
}

TEST(Optimizer, LeavesAFrozenParameterAloneAndPicksItUpWhenItThaws) {
  freezes_and_thaws<gt::SGD>(gt::SGDOptions{.lr = 0.1, .momentum = 0.9});
  freezes_and_thaws<gt::Adam>(gt::AdamOptions{});
  freezes_and_thaws<gt::AdamW>(gt::AdamWOptions{});
  freezes_and_thaws<gt::RMSprop>(gt::RMSpropOptions{});
  freezes_and_thaws<gt::Adagrad>(gt::AdagradOptions{});
}

TEST(Optimizer, DoesNotUseAGradientFromBeforeTheFrost) {
  auto w = gt::tensor({1.0}).requires_grad_();
  gt::SGD optimizer({w}, {.lr = 1});
  {
    gt::Tape tape;
    gt::sum(w * 3).backward();
  }
  w.requires_grad_(false);
  optimizer.step();
  w.requires_grad_();

  optimizer.step();

  EXPECT_EQ(w.item(), 1);
  EXPECT_EQ(gt::clip_grad_norm_(std::vector{w}, 1), 0);
}

TEST(Optimizer, TakesAModelThatIsFrozenInPart) {
  gt::Linear model(2, 1, {.seed = 1});
  model.weight.requires_grad_(false);
  gt::Sequential whole;
  whole.add(model);
  gt::Adam optimizer(whole.parameters());
  const auto before = model.weight.to_vector<float>();
  {
    gt::Tape tape;
    gt::sum(whole(gt::ones({3, 2}))).backward();
  }

  optimizer.step();

  EXPECT_EQ(model.weight.to_vector<float>(), before);
  EXPECT_TRUE(model.bias.grad().defined());
}

TEST(Optimizer, StepsACapturedStepBesideAFrozenParameter) {
  auto w = gt::tensor({1.0}).requires_grad_(), frozen = gt::tensor({5.0}).requires_grad_(false);
  gt::SGD optimizer({w, frozen}, {.lr = 1});
  auto program = gt::capture({}, [&](const gt::Inputs&) {
    gt::Tape tape;
    const auto loss = gt::sum(w * frozen);
    loss.backward();
    optimizer.step();
    return loss.detach();
  });

  program();

  EXPECT_EQ(w.item(), 1 - 5 - 5);
  EXPECT_EQ(frozen.item(), 5);
}

TEST(RandomSearch, LeavesAFrozenParameterAlone) {
  auto w = gt::tensor({1.0}), frozen = gt::tensor({1.0}).requires_grad_(false);
  gt::RandomSearch search({w, frozen}, {.seed = 1});
  for (int i = 0; i < 20; ++i) search.step([&] { return gt::sum(gt::square(w) + gt::square(frozen)); });

  EXPECT_NE(w.item(), 1);
  EXPECT_EQ(frozen.item(), 1);
}

}  // namespace
