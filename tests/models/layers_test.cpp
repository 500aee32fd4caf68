// Layers as functions, beside PyTorch's numbers, which layers.py printed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <gradtape/gradtape.h>

#include "tests/support/near.h"

namespace {

// Numbers from -2 to 2 that do not repeat.
gt::Tensor numbers(const gt::Shape& shape, int start = 0) {
  gt::Tensor x = gt::empty(shape, {.dtype = gt::float64});
  for (std::int64_t i = 0; i < x.numel(); ++i)
    x.data<double>()[i] = std::fmod(static_cast<double>(i + start) * 0.6180339887498949, 1) * 4 - 2;
  return x;
}
gt::Tensor weight() { return numbers({4}, 50); }
gt::Tensor bias() { return numbers({4}, 60); }
gt::Tensor mean() { return numbers({4}, 80); }
gt::Tensor variance() { return gt::abs(numbers({4}, 90)) + 0.5; }
gt::Tensor other() { return numbers({2, 4, 3}, 33); }

struct Case {
  const char* name;
  gt::Tensor (*call)(const gt::Tensor& x);
  std::vector<double> value, gradient;  // the first six numbers
};
const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {"layer_norm",
       [](const gt::Tensor& x) {
         return gt::layer_norm(x, {4, 3}, {.weight = numbers({4, 3}, 30), .bias = numbers({4, 3}, 70)});
       },
       {-1.21316564417, 0.908466018772, -0.912514419538, -2.05128149466, 1.00515588713, -1.27292326918},
       {0.0105537043803, -0.722548133038, -0.502705355688, 0.238574374461, 0.941135231694, -2.68097565187e-06}},
      {"rms_norm",
       [](const gt::Tensor& x) { return gt::rms_norm(x, {3}, {.weight = numbers({3}, 30), .eps = 1e-6}); },
       {-0.246022417827, -0.482731592949, -0.87724688482, 0.185555880671, 0.121362498383, -1.45069214991},
       {0.0698850257473, -0.539886337087, -0.373836527507, 0.0733265946095, 0.695764495514, 0.0160514962665}},
      {"group_norm",
       [](const gt::Tensor& x) { return gt::group_norm(x, 2, {.weight = weight(), .bias = bias()}); },
       {-3.70047392402, -0.387306908017, -2.43495673431, 0.925564235557, 0.824973736666, 0.724383237775},
       {0.897152981189, 0.618932168165, -0.871718890254, -0.0413076443501, -0.227977220872, -0.375081393877}},
      {"instance_norm",
       [](const gt::Tensor& x) { return gt::instance_norm(x); },
       {-1.11802860066, 1.30901068589, -0.190982085229, 1.22474093648, 3.25011526859e-18, -1.22474093648},
       {0.492663272667, 0.30448055758, -0.797143830247, 0.0802849012392, -0.160576362878, 0.0802914616384}},
      {"batch_norm",
       [](const gt::Tensor& x) { return gt::batch_norm(x, mean(), variance(), {.weight = weight(), .bias = bias()}); },
       {-4.52837933137, -0.540666290948, -3.00520848731, 1.00242859643, 0.905108448512, 0.807788300597},
       {1.6130638092, 0.871542095622, -0.671271401346, -0.0630594171773, -0.0416350486644, 0.0180683915807}},
      {"batch_norm training",
       [](const gt::Tensor& x) {
         return gt::batch_norm(x, mean(), variance(), {.weight = weight(), .bias = bias(), .training = true});
       },
       {-3.70353473535, 0.145357900107, -2.23338856765, 0.893688521647, 0.788897671988, 0.68410682233},
       {0.425398443754, 0.372536348872, -1.52622986703, -0.00126276560224, -0.00996341775087, 0.0225534635392}},
      {"normalize",
       [](const gt::Tensor& x) { return gt::normalize(x, {.p = 3, .dim = 2}); },
       {-0.9516649375, 0.224657617053, -0.502349703394, 0.731879802955, -0.0575911282855, -0.847062059526},
       {0.208115993449, 0.272012707903, -0.272612815748, -0.254918714178, -0.339336775259, -0.197183982765}},
      {"cosine_similarity",
       [](const gt::Tensor& x) { return gt::cosine_similarity(x, other(), {.dim = 2}); },
       {-0.133299156128, -0.385415645883, -0.767217704518, -0.354713279422, -0.226111392937, -0.545176931338},
       {-0.138095629921, -0.397387352511, 0.0838950895584, -0.0776967077823, 0.200641576996, -0.080773097098}},
      {"pairwise_distance",
       [](const gt::Tensor& x) { return gt::pairwise_distance(x, other(), {.p = 1.5}); },
       {3.91197831445, 3.91197831445, 4.48994102165, 3.91197831445, 3.91197831445, 3.91197831445},
       {-0.635619248682, 0.786440542126, -0.635619248682, 0.424915638339, -0.343426545717, -0.343426545717}},
      {"cdist",
       [](const gt::Tensor& x) { return gt::cdist(x, other()); },
       {3.29392178903, 1.72667171591, 0.715860487194, 3.83727466046, 3.38000751629, 3.29392178903},
       {0.43654061923, 0.618923934539, -0.595433981705, 0.287214390631, -1.21493364348, -0.44139261706}},
      {"bilinear",
       [](const gt::Tensor& x) {
         return gt::bilinear(x, numbers({2, 4, 2}, 33), numbers({3, 3, 2}, 44), numbers({3}, 5));
       },
       {2.4193286199, 5.65604293096, -3.8015170792, -6.49982561596, 5.7835683691, 3.83506962978},
       {-3.16475176044, 3.01894000237, -0.19185160678, 1.75011108082, -0.235850699829, -0.216980806654}},
  };
  return all;
}
gt::Tensor first_six(const gt::Tensor& x) { return gt::narrow(gt::flatten(x), 0, 0, 6); }

TEST(Layers, GiveThePyTorchValuesAndGradients) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    const auto x = numbers({2, 4, 3}).requires_grad_();
    gt::Tape tape;

    const gt::Tensor y = c.call(x);

    EXPECT_THAT(first_six(y), elements_near(c.value, 1e-9));
    const auto weights = gt::reshape(gt::cos(gt::arange(0, y.numel()).to(gt::float64)), y.shape());
    EXPECT_THAT(first_six(gt::grad(gt::sum(y * weights), x)), elements_near(c.gradient, 1e-9));
  }
}

TEST(Layers, HaveDerivativesOfFirstAndSecondOrder) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    const gt::Function call = [&](const std::vector<gt::Tensor>& x) { return c.call(x[0]); };

    const auto first = gt::gradcheck(call, {numbers({2, 4, 3})}),
               second = gt::gradgradcheck(call, {numbers({2, 4, 3})});

    EXPECT_TRUE(first.ok) << first.text;
    EXPECT_TRUE(second.ok) << second.text;
  }
}

// Of 0 and 2 mean and variance are 1.
TEST(Layers, AddTheirEpsToTheVariance) {
  const auto x = gt::reshape(gt::tensor({0., 2.}), {1, 1, 2});

  EXPECT_THAT(gt::layer_norm(x, {2}, {.eps = 3}), near({-0.5, 0.5}));
  EXPECT_THAT(gt::layer_norm(x, {2}, {.bias = gt::tensor({10., 20.}), .eps = 3}), near({9.5, 20.5}));
  EXPECT_THAT(gt::group_norm(x, 1, {.eps = 3}), near({-0.5, 0.5}));
  EXPECT_THAT(gt::instance_norm(x, {.eps = 3}), near({-0.5, 0.5}));
  EXPECT_THAT(gt::batch_norm(x, {}, {}, {.training = true, .eps = 3}), near({-0.5, 0.5}));
  EXPECT_THAT(gt::rms_norm(x, {2}, {.eps = 2}), near({0, 1}));
}

TEST(RmsNorm, AddsTheSmallestStepFromOneUnlessItHasAnEps) {
  EXPECT_THAT(gt::rms_norm(gt::tensor({0x1p-26}), {1}), near({std::sqrt(0.5)}));
  EXPECT_THAT(gt::rms_norm(gt::tensor({0x1p-12f}), {1}), near({std::sqrt(1 / 3.0)}));
}

TEST(Layers, DivideByNoLengthBelowTheirEps) {
  const auto x = gt::tensor({{0., 0.}, {3., 4.}});

  EXPECT_THAT(gt::normalize(x), near({0, 0, 0.6, 0.8}));
  EXPECT_THAT(gt::normalize(x, {.eps = 10}), near({0, 0, 0.3, 0.4}));
  EXPECT_THAT(gt::cosine_similarity(x, gt::tensor({{3., 4.}}), {.eps = 10}), near({0, 0.25}));
}

TEST(PairwiseDistance, AddsItsEpsToEachDifference) {
  const auto distance =
      gt::pairwise_distance(gt::tensor({{3., 4.}}), gt::tensor({{0., 1.}}), {.eps = 1, .keepdim = true});

  EXPECT_EQ(distance.shape(), (gt::Shape{1, 1}));
  EXPECT_THAT(distance, near({std::sqrt(32)}));
}

TEST(BatchNorm, TakesTheBatchsStatisticsIntoTheRunningOnes) {
  auto running_mean = mean(), running_var = variance();

  gt::batch_norm(numbers({2, 4, 3}), running_mean, running_var, {.training = true});

  EXPECT_THAT(running_mean,
              near({-0.2757160715305624, -1.5758195921977398, 0.657410220468416, -0.7093599668654027}, 1e-12));
  EXPECT_THAT(running_var, near({1.0208246717823561, 1.541002516217578, 1.897418873982016, 0.6911577972183475}, 1e-12));
}

TEST(BatchNorm, ReplacesAsMuchOfTheRunningOnesAsItsMomentumSays) {
  auto running_mean = gt::tensor({10.}), running_var = gt::tensor({8.});

  gt::batch_norm(gt::tensor({{0.}, {2.}}), running_mean, running_var, {.training = true, .momentum = 0.25});

  EXPECT_THAT(running_mean, near({7.75}));
  EXPECT_THAT(running_var, near({6.5}));
}

TEST(BatchNorm, GoesByTheBatchWithoutRunningStatistics) {
  const auto y = gt::batch_norm(gt::tensor({{1., 5.}, {3., 5.}}), {}, {}, {.training = true, .eps = 0.});

  EXPECT_THAT(gt::select(y, 1, 0), near({-1, 1}));
}

TEST(Layers, RefuseWhatDoesNotFit) {
  const auto x = numbers({2, 4, 3});

  EXPECT_THROW(gt::layer_norm(x, {4}), gt::ShapeError);
  EXPECT_THROW(gt::layer_norm(x, {3}, {.weight = weight()}), gt::ShapeError);
  EXPECT_THROW(gt::rms_norm(x, {2, 4, 3, 1}), gt::ShapeError);
  EXPECT_THROW(gt::group_norm(x, 3), gt::ShapeError);
  EXPECT_THROW(gt::group_norm(x, 0), gt::ShapeError);
  EXPECT_THROW(gt::instance_norm(numbers({4, 3})), gt::ShapeError);
  EXPECT_THROW(gt::batch_norm(x, numbers({3}), variance()), gt::ShapeError);
  EXPECT_THROW(gt::batch_norm(x, {}, {}), gt::ValueError);
  EXPECT_THROW(gt::batch_norm(numbers({1, 4}), {}, {}, {.training = true}), gt::ValueError);
  EXPECT_THROW(gt::cdist(x, numbers({2, 4, 2})), gt::ShapeError);
  EXPECT_THROW(gt::bilinear(x, x, numbers({3, 3, 2})), gt::ShapeError);
  EXPECT_THROW(gt::dropout(x, 1.5), gt::ValueError);
}

TEST(Layers, OfNothingAreNothing) {
  EXPECT_EQ(gt::layer_norm(gt::zeros({0, 3}), {3}).shape(), (gt::Shape{0, 3}));
  EXPECT_EQ(gt::group_norm(gt::zeros({0, 4, 3}), 2).shape(), (gt::Shape{0, 4, 3}));
  EXPECT_EQ(gt::cdist(gt::zeros({0, 3}), gt::zeros({2, 3})).shape(), (gt::Shape{0, 2}));
}

TEST(Cdist, IsFlatWhereTwoPointsAreOne) {
  const auto x = gt::tensor({{1., 2.}, {4., 6.}}).requires_grad_();
  gt::Tape tape;

  const auto distances = gt::cdist(x, x.detach());

  EXPECT_THAT(distances, near({0, 5, 5, 0}));
  EXPECT_THAT(gt::grad(gt::sum(distances), x), near({-0.6, -0.8, 0.6, 0.8}));
}

TEST(Cdist, TakesAnyNorm) {
  const auto a = gt::tensor({{1., 2.}}), b = gt::tensor({{4., 6.}, {1., 1.}});

  EXPECT_THAT(gt::cdist(a, b, 1), near({7, 1}));
  EXPECT_THAT(gt::cdist(a, b, INFINITY), near({4, 1}));
}

TEST(Dropout, KeepsItsShareAndTheMean) {
  gt::Generator chance(7);
  const auto x = gt::ones({100000}).requires_grad_();
  gt::Tape tape;

  const auto y = gt::dropout(x, chance, 0.25);

  EXPECT_NEAR(gt::mean(gt::not_equal(y, 0).to(gt::float64)).item(), 0.75, 0.01);
  EXPECT_NEAR(gt::mean(y).item(), 1, 0.01);
  EXPECT_EQ(gt::grad(gt::sum(y), x).to_vector<float>(), y.to_vector<float>());  // the same are dropped on the way back
}

TEST(Dropout, OfAllIsZeroAndOutsideTrainingNothing) {
  const auto x = gt::tensor({1.f, INFINITY});

  EXPECT_EQ(gt::dropout(x, 1.0).to_vector<float>(), (std::vector<float>{0, 0}));
  EXPECT_EQ(gt::dropout(x, 0.5, false).to_vector<float>(), x.to_vector<float>());
}

TEST(Dropout, DrawsAnewAtEachReplay) {
  gt::Generator chance(3);
  const auto x = gt::ones({64});
  auto step = gt::capture({}, [&](const gt::Inputs&) { return gt::dropout(x, chance, 0.5); });

  const auto first = step().to_vector<float>(), second = step().to_vector<float>();

  EXPECT_NE(first, second);
}

}  // namespace
