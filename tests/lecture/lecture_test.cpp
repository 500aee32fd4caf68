// What the topics of the lecture say, against numbers of NumPy, SciPy and scikit-learn (expected.py) or worked out
// here.
#include <cmath>
#include <map>

#include <gmock/gmock.h>
#include <gradtape/models/csv.h>

#include "parts.h"
#include "slide.h"

namespace {

const Slide& slide(const std::string& name) {
  static std::map<std::string, Slide> shown;
  for (const Topic& topic : topics())
    if (topic.name == name && !shown.contains(name)) shown[name] = topic.slide();
  return shown.at(name);
}
double number(const std::string& topic, const std::string& name) { return slide(topic).number(name); }

TEST(LinearModel, FourWaysEndAtOneOptimum) {
  EXPECT_NEAR(number("linear_model", "least loss"), 0.20661857202167438, 1e-12);
  for (const char* way : {"descent", "L-BFGS", "least squares", "random search"}) {
    const double close = std::string(way) == "random search" ? 1e-3 : 1e-6;
    EXPECT_NEAR(number("linear_model", std::string("θ₁, ") + way), 1.039611870546, close) << way;
    EXPECT_NEAR(number("linear_model", std::string("θ₂, ") + way), -1.997824380403, close) << way;
  }
}

TEST(LossLandscape, EachWayEndsWhereNumPyDoes) {
  const std::pair<const char*, double> losses[] = {{"rate 0.03", 1.1524635207789111}, {"rate 0.4", 0.0938233719796646},
                                                   {"rate 0.66", 26997.184179330536}, {"momentum", 0.09386497934358908},
                                                   {"Adam", 0.13157005782521902},     {"Newton", 0.09382327405827526}};
  for (const auto& [way, loss] : losses)
    EXPECT_NEAR(number("loss_landscape", std::string("loss after 40 steps, ") + way), loss, 1e-7 * loss) << way;
  EXPECT_LT(number("loss_landscape", "loss after 40 steps, random search"), 0.5);
}

TEST(Polynomials, RisksAreNumPysAndTheIntegralIsSciPys) {
  const struct {
    const char* degree;
    double train, held_out, true_risk;
  } risks[] = {{"degree 1", 0.20752713513237256, 0.3517384420301079, 0.3207390170738221},
               {"degree 3", 0.04879287152133143, 0.1440434877755311, 0.12221498952511171},
               {"degree 12", 0.023429364640686803, 0.1924058659855269, 0.16960639010757766}};
  for (const auto& r : risks) {
    EXPECT_NEAR(number("polynomials", std::string("train, ") + r.degree), r.train, 1e-9);
    EXPECT_NEAR(number("polynomials", std::string("held-out, ") + r.degree), r.held_out, 1e-9);
    EXPECT_NEAR(number("polynomials", std::string("true risk, ") + r.degree), r.true_risk, 1e-8);
  }
  EXPECT_NEAR(number("polynomials", "true risk, degree 12 with λ = 0.01"), 0.13280346157301703, 1e-9);
}

TEST(Softmax, OnlyExpKnowsNothingButDifferences) {
  const auto share = [](const std::string& way) {
    return number("softmax", "share of −1 among −1, 0, 2, with " + way);
  };
  const auto raised = [](const std::string& way) { return number("softmax", "once all are raised by 1, with " + way); };
  // (1, 0, 4) / 5 and (0, 1, 9) / 10; (1, 0, 2) / 3 and (0, 1, 3) / 4; relu gives −1 nothing.
  EXPECT_NEAR(share("z²"), 0.2, 1e-15);
  EXPECT_EQ(raised("z²"), 0);
  EXPECT_NEAR(share("|z|"), 1.0 / 3, 1e-15);
  EXPECT_EQ(raised("|z|"), 0);
  EXPECT_EQ(share("relu z"), 0);
  EXPECT_NEAR(share("exp z"), 0.042010066134, 1e-12);
  EXPECT_NEAR(raised("exp z"), 0.042010066134, 1e-12);
}
TEST(Softmax, RegionsAreThoseOfScikitLearnsOptimum) {
  EXPECT_NEAR(number("softmax", "NLL on the clouds (nats)"), 0.1313741800799715, 1e-6);
  EXPECT_NEAR(number("softmax", "accuracy on the clouds"), 0.9777777777777777, 1e-12);
}

TEST(TwoClasses, SoftmaxOfTwoIsTheSigmoidOfTheDifference) {
  EXPECT_NEAR(number("two_classes", "NLL, softmax of two (nats)"), 0.4654597419620861, 1e-12);
  EXPECT_NEAR(number("two_classes", "NLL, sigmoid of one (nats)"), 0.4654597419620861, 1e-12);
  EXPECT_NEAR(number("two_classes", "w of the sigmoid"), 1.5479263460615398, 1e-6);
  EXPECT_LT(number("two_classes", "largest difference of p"), 1e-8);
}
TEST(TwoClasses, DecayTakesTheRedundancyAway) {
  EXPECT_NEAR(number("two_classes", "θ₁ + θ₂, kept from the start"), 1 + 2, 1e-12);  // the gradient is along (1, −1)
  EXPECT_NEAR(number("two_classes", "θ₁ + θ₂ with decay"), 0, 1e-6);
  EXPECT_NEAR(number("two_classes", "θ₂ with decay"), 0.6595846122039369, 1e-6);
}

TEST(LogisticDigits, ReachesScikitLearnsOptimum) {
  EXPECT_NEAR(number("logistic_digits", "loss at the optimum"), 0.11362305963608275, 1e-9);
  EXPECT_EQ(number("logistic_digits", "errors of 360"), 12);
  const auto expected = gt::read_csv(LECTURE_TESTS "/eight.csv", {.dtype = gt::float64}).to_vector<double>();
  for (std::size_t i = 0; i < 64; ++i) EXPECT_NEAR(slide("logistic_digits").weights.at(i), expected[i], 1e-4) << i;
  EXPECT_NEAR(number("logistic_digits", "bias"), expected[64], 1e-4);
}

TEST(Likelihood, TheProductUnderflowsAndTheSumDoesNot) {
  EXPECT_EQ(number("likelihood", "examples until the product is 0, untrained"), 324);  // 5e-324 is the least double
  EXPECT_NEAR(number("likelihood", "sum of logs, untrained (nats)"), -1437 * std::log(10), 1e-9);
  EXPECT_NEAR(number("likelihood", "sum of logs, trained (nats)"), -196.44850532341698, 1e-3);
}
TEST(Likelihood, AnotherDistributionBreaksWhatWasLearned) {
  EXPECT_NEAR(number("likelihood", "accuracy, same distribution"), 0.9638888888888889, 1e-12);
  EXPECT_NEAR(number("likelihood", "accuracy, moved by a pixel"), 0.38333333333333336, 1e-12);
}

TEST(CrossEntropy, IsEntropyPlusDivergenceAndNllForLabels) {
  EXPECT_NEAR(number("cross_entropy", "H(p, q), soft labels (nats)"), 0.8541306053367282, 1e-14);
  EXPECT_NEAR(number("cross_entropy", "H(p) (nats)"), 0.8018185525433372, 1e-14);
  EXPECT_NEAR(number("cross_entropy", "KL(p ‖ q) (nats)"), 0.05231205279339095, 1e-14);
  EXPECT_NEAR(number("cross_entropy", "H(p) + KL(p ‖ q) (nats)"), 0.8541306053367282, 1e-14);
  EXPECT_NEAR(number("cross_entropy", "NLL of label 0 (nats)"), 0.6041306053367282, 1e-14);
  EXPECT_EQ(number("cross_entropy", "NLL of label 0 (nats)"), number("cross_entropy", "H(p, q), hard label 0 (nats)"));
  // Within four standard errors of the mean of 10000.
  EXPECT_NEAR(number("cross_entropy", "mean NLL of 10000 labels drawn from p (nats)"), 0.8541306053367282, 4 * 0.00461);
}

TEST(ThreeLosses, TheStaircaseIsFlatAndOnlyNllPullsFromAfar) {
  EXPECT_EQ(number("three_losses", "slope at θ = 6, zero-one"), 0);
  EXPECT_NEAR(number("three_losses", "slope at θ = 6, square"), 0.0001829525109282583, 1e-15);
  EXPECT_NEAR(number("three_losses", "slope at θ = 6, NLL"), 0.9998612452761769, 1e-13);
  EXPECT_NEAR(number("three_losses", "θ of the least square error"), -0.29468395154521826, 1e-6);
  EXPECT_NEAR(number("three_losses", "θ of the least NLL"), -0.12876225555043083, 1e-6);
  EXPECT_NEAR(number("three_losses", "least NLL (nats)"), 0.4700910927960044, 1e-11);
  EXPECT_NEAR(number("three_losses", "zero-one loss there"), 0.25, 1e-15);
}

TEST(TrueRisk, TheGapIsThatOfTheory) {
  // Of n = 20 normal examples with d = 5 features: 1 - d/n, and 1 + d/(n - d - 1). Their draws spread by about
  // √(2 (n - d))/n = 0.27 and 0.28, so four standard errors of a mean of 200 are 0.08.
  EXPECT_NEAR(number("true_risk", "mean empirical risk at n = 20"), 1 - 5.0 / 20, 0.08);
  EXPECT_NEAR(number("true_risk", "mean true risk at n = 20"), 1 + 5.0 / 14, 0.08);
  EXPECT_NEAR(number("true_risk", "Hoeffding's band (±)"), 0.06790507578703098, 1e-15);
  EXPECT_NEAR(number("true_risk", "normal band (±)"), 0.03592739344845378, 1e-15);
}
TEST(TrueRisk, DescentIsBestStoppedEarly) {
  EXPECT_EQ(number("true_risk", "step to stop at"), 5);
  EXPECT_NEAR(number("true_risk", "true risk there"), 1.6630848508193417, 1e-8);
  EXPECT_NEAR(number("true_risk", "true risk at step 1000"), 6.254957769109821, 1e-7);
  EXPECT_NEAR(number("true_risk", "empirical risk there"), 0.4610285319733275, 1e-8);
}

TEST(TenPercentages, OneTemperatureMakesThemHonest) {
  EXPECT_NEAR(number("ten_percentages", "temperature"), 1.7763421519555058, 1e-3);
  EXPECT_NEAR(number("ten_percentages", "NLL as trained (nats)"), 0.2630023783333651, 1e-4);
  EXPECT_NEAR(number("ten_percentages", "NLL at the temperature (nats)"), 0.21051849550187268, 1e-4);
  EXPECT_NEAR(number("ten_percentages", "calibration error as trained"), 0.040792182244806574, 1e-3);
  EXPECT_NEAR(number("ten_percentages", "calibration error at the temperature"), 0.024825166361447482, 1e-3);
  EXPECT_NEAR(number("ten_percentages", "accuracy, both"), 0.9360222531293463, 1e-12);
}

TEST(Marr, OneTaskTwoAlgorithmsTwoImplementations) {
  EXPECT_NEAR(number("marr", "the task's least loss"), 0.35569532097554124, 1e-8);
  EXPECT_LT(number("marr", "1500 steps of descent end above it by"), 1e-4);
  EXPECT_LT(number("marr", "largest difference of p, loops and library"), 1e-13);
  EXPECT_NEAR(number("marr", "accuracy on held-out digits"), 0.95, 1e-12);
}

TEST(Combinations, EachIsRunOrRefused) {
  // 3 models × 3 losses × 8 optimizers × 2 devices. One of the models, and zero-one with seven optimizers, go nowhere.
  const double run = number("combinations", "combinations run"),
               refused = number("combinations", "combinations refused");
  EXPECT_EQ(run + refused, 3 * 3 * 8 * 2);
  EXPECT_THAT(run, testing::AnyOf(2 * (8 + 8 + 1), 2 * 2 * (8 + 8 + 1)));
  EXPECT_GT(number("combinations", "least accuracy by a gradient"), 0.85);
}

TEST(Parts, LbfgsSaysWhereNoStepLeadsFarther) {
  const gt::Tensor x = gt::tensor({3.0}).requires_grad_();
  const Step step = lbfgs({x});
  int steps = 1;
  while (step([&] { return gt::sum(gt::square(x - 1)); }) && steps < 100) ++steps;
  EXPECT_LT(steps, 5);  // a parabola: one step to find its curvature, one to its bottom
  EXPECT_NEAR(x.item(), 1, 1e-8);
}

// The losses after each of ten steps, of a tenth of the digits, and the parameters before each. They begin away from 0,
// where slopes that should cancel are rounding alone, of which Adam and its kin make whole steps.
struct Descent {
  std::vector<double> losses;
  std::vector<std::vector<gt::Tensor>> parameters;
};
// Each step begins at the leader's parameters, so that one of rounding alone does not lead to another.
Descent descent_of(const MakeModel& make_model, const Loss& loss_of, const MakeStep& make_step, gt::Device device,
                   const Descent* leader = nullptr) {
  const gt::Dataset all = on(device, digits({0, 1, 2, 3, 4}));
  const gt::Tensor x = gt::narrow(all.inputs, 0, 0, 180), y = gt::narrow(all.labels, 0, 0, 180);
  const auto model = make_model(device);
  std::vector<gt::Tensor> parameters = model->parameters();
  for (gt::Tensor& parameter : parameters)
    parameter.copy_(gt::reshape(0.1 * noise(0, parameter.numel()), parameter.shape()).to(gt::float32).to(device));
  const auto loss = [&] { return loss_of((*model)(x), y); };
  const Step step = make_step(parameters);
  Descent descent;
  for (std::size_t i = 0; i < 10; ++i) {
    descent.parameters.emplace_back();
    for (std::size_t p = 0; p < parameters.size(); ++p) {
      if (leader) parameters[p].copy_(leader->parameters[i][p].to(device));
      descent.parameters[i].push_back(parameters[p].detach().clone());
    }
    step(loss);
    descent.losses.push_back(loss().item());
  }
  return descent;
}

TEST(CudaCombinations, EachGoesDownAsOnTheCpu) {
  if (!gt::cuda::is_available()) GTEST_SKIP() << "no CUDA device: none is there, or this build has no CUDA";
  for (const auto& [model, make_model] : models())
    for (const auto& [loss, loss_of] : losses())
      for (const auto& [optimizer, make_step] : optimizers()) {
        if (model == "logistic" || (loss == "zero-one" && optimizer != "random search")) continue;
        const auto here = descent_of(make_model, loss_of, make_step, gt::Device::cpu()),
                   there = descent_of(make_model, loss_of, make_step, gt::Device::cuda(), &here);
        EXPECT_LT(here.losses.back(), here.losses.front()) << model << ", " << loss << ", " << optimizer;
        for (std::size_t i = 0; i < here.losses.size(); ++i)
          EXPECT_NEAR(there.losses[i], here.losses[i], 1e-5 * here.losses[i])
              << model << ", " << loss << ", " << optimizer << ", step " << i;
      }
}

}  // namespace
