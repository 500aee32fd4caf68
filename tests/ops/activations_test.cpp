// Activations with arguments of their own: their kinks, what they refuse, and those that other ops make.
#include "tests/support/near.h"

namespace {

const double inf = INFINITY, nan = NAN;

using Op = gt::Tensor (*)(const gt::Tensor&);

gt::Tensor slope(Op op, const gt::Tensor& at) {
  const auto x = at.detach().requires_grad_();
  gt::Tape tape;
  return gt::grad(gt::sum(op(x)), x);
}
void expect(Op op, std::initializer_list<double> at, std::initializer_list<double> values,
            std::initializer_list<double> slopes) {
  for (const auto type : {gt::float32, gt::float64}) {
    const auto x = gt::tensor(at).to(type);
    EXPECT_THAT(op(x), near(values));
    EXPECT_THAT(slope(op, x), near(slopes));
  }
}

TEST(Activations, PassNoGradientAtTheirBounds) {
  expect([](const gt::Tensor& x) { return gt::hardtanh(x); }, {-1, 0, 1}, {-1, 0, 1}, {0, 1, 0});
  expect([](const gt::Tensor& x) { return gt::hardtanh(x, 1, 1); }, {0, 1, 2}, {1, 1, 1}, {0, 0, 0});
  expect([](const gt::Tensor& x) { return gt::relu6(x); }, {0, 3, 6, 7}, {0, 3, 6, 6}, {0, 1, 0, 0});
  expect([](const gt::Tensor& x) { return gt::hardsigmoid(x); }, {-3, 0, 3}, {0, 0.5, 1}, {0, 1 / 6.0, 0});
  expect([](const gt::Tensor& x) { return gt::softshrink(x); }, {-0.5, 0, 0.5}, {0, 0, 0}, {0, 0, 0});
  expect([](const gt::Tensor& x) { return gt::hardshrink(x); }, {-0.5, 0, 0.5}, {0, 0, 0}, {0, 0, 0});
  expect([](const gt::Tensor& x) { return gt::threshold(x, 1, -1); }, {1, 2}, {-1, 2}, {0, 1});
}

TEST(Activations, HaveTheSlopeOfTheLeftAtZero) {
  expect([](const gt::Tensor& x) { return gt::selu(x); }, {0}, {0}, {1.0507009873554805 * 1.6732632423543772});
  expect([](const gt::Tensor& x) { return gt::celu(x, 3); }, {0}, {0}, {1});
  expect([](const gt::Tensor& x) { return gt::prelu(x, gt::tensor({0.25f})); }, {0, -1}, {0, -0.25}, {0.25, 0.25});
}

TEST(Activations, OfNanAreNanWithSlopeZeroWhereTheyArePiecesOfLines) {
  for (const Op op : std::initializer_list<Op>{
           [](const gt::Tensor& x) { return gt::hardtanh(x); }, [](const gt::Tensor& x) { return gt::hardsigmoid(x); },
           [](const gt::Tensor& x) { return gt::hardswish(x); }, [](const gt::Tensor& x) { return gt::softshrink(x); },
           [](const gt::Tensor& x) { return gt::hardshrink(x); },
           [](const gt::Tensor& x) { return gt::threshold(x, 1, 2); }})
    expect(op, {nan}, {nan}, {0});
}

TEST(Activations, HaveLimitsAtInfinity) {
  expect([](const gt::Tensor& x) { return gt::mish(x); }, {-inf, inf}, {0, inf}, {0, 1});
  expect([](const gt::Tensor& x) { return gt::hardswish(x); }, {-inf, inf}, {0, inf}, {0, 1});
  expect([](const gt::Tensor& x) { return gt::softsign(x); }, {-inf, inf}, {-1, 1}, {0, 0});
  expect([](const gt::Tensor& x) { return gt::gelu(x, {.approximate = "tanh"}); }, {-inf, inf}, {0, inf}, {0, 1});
  expect([](const gt::Tensor& x) { return gt::celu(x, 2); }, {-inf, inf}, {-2, inf}, {0, 1});
  expect([](const gt::Tensor& x) { return gt::tanhshrink(x); }, {-inf, inf}, {-inf, inf}, {1, 1});
}

TEST(Activations, WithArgumentsOrWithoutArePartsOfASequential) {
  gt::Sequential net;
  net.add(gt::gelu).add(gt::softplus).add(gt::mish).add(gt::relu6);
  const auto x = gt::tensor({-1.0, 2.0});
  EXPECT_THAT(net(x), near(gt::relu6(gt::mish(gt::softplus(gt::gelu(x)))), 0));
}

TEST(Softplus, TakesBetaAndAThreshold) {
  expect([](const gt::Tensor& x) { return gt::softplus(x, 2); }, {-400, 0, 400}, {0, std::log(2.0) / 2, 400},
         {0, 0.5, 1});
  const double p = 1 / (1 + std::exp(-2.0));
  expect([](const gt::Tensor& x) { return gt::softplus(x, 2, 3); }, {1, 2}, {std::log1p(std::exp(2.0)) / 2, 2}, {p, 1});
}

TEST(Softmin, IsTheSoftmaxOfMinusX) {
  const auto x = gt::tensor({{1.0, 2.0, 4.0}, {0.0, -1.0, 1.0}});
  EXPECT_THAT(gt::softmin(x, 0), near(gt::softmax(-x, 0), 0));
  EXPECT_THAT(gt::softmin(x), near(gt::softmax(-x, 1), 0));
}

TEST(GumbelSoftmax, DrawsClassesAsOftenAsTheirProbabilities) {
  gt::Generator numbers(1);
  const auto logits = gt::expand(gt::log(gt::tensor({0.1f, 0.6f, 0.3f})), {20000, 3});
  const auto drawn = gt::gumbel_softmax(logits, numbers, {.hard = true});

  EXPECT_THAT(gt::sum(drawn, {1}), near(gt::ones({20000}), 0));
  EXPECT_THAT(gt::mean(drawn, {0}), near({0.1, 0.6, 0.3}, 0.015));  // four deviations
}

TEST(GumbelSoftmax, OfHardDrawsHasTheGradientOfSoftOnes) {
  const auto logits = gt::tensor({{0.1, 0.6}, {0.3, -1.0}, {2.0, 0.0}}).requires_grad_();
  const auto seed = gt::tensor({{1.0, 2.0}, {-1.0, 0.5}, {0.0, 3.0}});
  gt::Tape tape;
  auto draw = [&](bool hard) {
    gt::Generator numbers(7);
    return gt::gumbel_softmax(logits, numbers, {.tau = 0.5, .hard = hard, .dim = 0});
  };
  const auto hard = draw(true), soft = draw(false);

  EXPECT_THAT(gt::argmax(hard, 0), near(gt::argmax(soft, 0), 0));
  EXPECT_THAT(gt::grad(gt::sum(hard * seed), logits), near(gt::grad(gt::sum(soft * seed), logits), 1e-14));
  EXPECT_ERROR(ValueError, gt::gumbel_softmax(logits, {.tau = 0}), "gumbel_softmax: tau is greater than 0, not 0");
}

TEST(LogSigmoid, HasBothOfItsNames) {
  const auto x = gt::tensor({-3.0, 2.0});
  EXPECT_THAT(gt::logsigmoid(x), near(gt::log_sigmoid(x), 0));
}

TEST(Prelu, TakesAWeightForEachChannel) {
  const auto x = gt::reshape(gt::tensor({-1.0, 2.0, -3.0, -4.0, 5.0, -6.0, 7.0, -8.0}), {2, 2, 2}).requires_grad_();
  const auto weight = gt::tensor({0.5, 0.25}).requires_grad_();
  gt::Tape tape;

  const auto y = gt::prelu(x, weight);
  gt::sum(y).backward();

  EXPECT_THAT(y, near({-0.5, 2, -0.75, -1, 5, -3, 7, -2}));
  EXPECT_THAT(x.grad(), near({0.5, 1, 0.25, 0.25, 1, 0.5, 1, 0.25}));
  EXPECT_THAT(weight.grad(), near({-1 - 6, -3 - 4 - 8}));
  EXPECT_TRUE(gt::gradgradcheck([](const auto& in) { return gt::square(gt::prelu(in[0], in[1])); },
                                {x.detach(), weight.detach()}));
}

TEST(Glu, IsAHalfTimesTheSigmoidOfTheOther) {
  const auto x = gt::tensor({{1.0, 2.0, 0.0, 1.0}, {3.0, 4.0, -1.0, 2.0}});
  const auto s = [](double v) { return 1 / (1 + std::exp(-v)); };

  EXPECT_THAT(gt::glu(x), near({s(0), 2 * s(1), 3 * s(-1), 4 * s(2)}));
  EXPECT_THAT(gt::glu(x, 0), near({s(3), 2 * s(4), 0, s(2)}));
  EXPECT_TRUE(gt::gradcheck([](const auto& in) { return gt::glu(in[0]); }, {x}));
  EXPECT_TRUE(gt::gradgradcheck([](const auto& in) { return gt::glu(in[0], 0); }, {x}));
}

TEST(ActivationErrors, SayWhatIsWanted) {
  const auto x = gt::zeros({2, 3});
  EXPECT_ERROR(ShapeError, gt::glu(x), "glu: dimension -1 has no halves\n  x  [2, 3]  float32  cpu");
  EXPECT_ERROR(ShapeError, gt::prelu(x, gt::zeros({2})),
               "prelu: the weight is no number for each channel\n  x       [2, 3]  float32  cpu\n  weight  [2]     "
               "float32  cpu\n  It must be one number, or have the size of dimension 1 of x.");
  EXPECT_ERROR(ValueError, gt::hardtanh(x, 1, -1), "hardtanh: 1 is no lower bound for -1");
  EXPECT_ERROR(ValueError, gt::celu(x, 0), "celu: alpha is 0, and x is divided by it");
  EXPECT_ERROR(ValueError, gt::softshrink(x, -0.5), "softshrink: lambda is at least 0, not -0.5");
  EXPECT_ERROR(ValueError, gt::gelu(x, {.approximate = "erf"}), "gelu: approximate is none or tanh, not erf");
}

}  // namespace
