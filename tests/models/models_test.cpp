#include <cstdio>

#include "tests/support/near.h"

namespace {

TEST(SoftmaxRegression, GivesLogitsProbabilitiesAndClasses) {
  gt::SoftmaxRegression model(2, 3);
  model.weight.copy_(gt::tensor({{1.0, 0.0}, {0.0, 1.0}, {0.0, 0.0}}));
  const auto x = gt::tensor({{2.f, 0.f}, {0.f, 3.f}});

  EXPECT_THAT(model(x), near({2, 0, 0, 0, 3, 0}));
  EXPECT_THAT(gt::sum(model.predict_proba(x), {1}), near({1, 1}));
  EXPECT_THAT(model.predict(x), near({0, 1}));
  EXPECT_EQ(model.score(x, gt::tensor({0, 0})), 0.5);
}

TEST(SoftmaxRegression, ReadsDigitsItHasNotSeen) {
  double mean = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const auto [train, test] = gt::train_test_split(gt::digits(), {.test_size = 360, .seed = seed});
    auto pixels = [](const gt::Tensor& images) { return gt::flatten(images.to(gt::float32), 1) / 16; };
    gt::SoftmaxRegression model(64, 10);
    model.fit(pixels(train.inputs), train.labels, {.epochs = 100, .weight_decay = 1e-4, .seed = seed});
    const double score = model.score(pixels(test.inputs), test.labels);
    std::printf("seed %d: %.2f %% of 360 held-out digits\n", static_cast<int>(seed), 100 * score);
    mean += score / 10;
  }
  std::printf("mean: %.2f %%\n", 100 * mean);

  EXPECT_GE(mean, 0.965);
}

TEST(LogisticRegression, LearnsAnAnd) {
  gt::LogisticRegression model(2, {.dtype = gt::float64});
  const auto x = gt::tensor({{0.0, 0.0}, {0.0, 1.0}, {1.0, 0.0}, {1.0, 1.0}}), y = gt::tensor({0, 0, 0, 1});

  model.fit(x, y, {.epochs = 500, .batch = 4, .lr = 1});

  EXPECT_EQ(model.score(x, y), 1);
  EXPECT_THAT(model.predict(x), near({0, 0, 0, 1}));
}

TEST(Sequential, TakesAModuleThatOthersUseToo) {
  gt::Linear shared(2, 2);
  gt::Sequential net, other;
  net.add(shared).add(gt::relu).add(shared);
  other.add(shared);

  EXPECT_EQ(net.parameters().size(), 2u);  // each is learned once
  EXPECT_EQ(net.parameters()[0].tensor_data(), other.parameters()[0].tensor_data());
  EXPECT_EQ(net.named_parameters()[0].name, "0.weight");
}

TEST(Sequential, LearnsAnExclusiveOrThatNoLinearModelCan) {
  gt::Sequential net;
  net.add<gt::Linear>(2, 8, gt::LinearOptions{.seed = 3})
      .add(gt::tanh)
      .add<gt::Linear>(8, 2, gt::LinearOptions{.seed = 3});
  const auto x = gt::tensor({{0.f, 0.f}, {0.f, 1.f}, {1.f, 0.f}, {1.f, 1.f}}), y = gt::tensor({0, 1, 1, 0});
  auto loss = [](const gt::Tensor& logits, const gt::Tensor& labels) { return gt::cross_entropy(logits, labels); };

  gt::fit(net, x, y, loss, {.epochs = 300, .batch = 4, .lr = 0.2});

  EXPECT_EQ(gt::accuracy(net(x), y), 1);
  EXPECT_EQ(net.parameter_count(), 2 * 8 + 8 + 8 * 2 + 2);
  EXPECT_EQ(net.named_parameters()[2].name, "2.weight");
}

TEST(Sequential, RefusesWhatCannotBeAPart) {
  gt::Sequential net;
  EXPECT_ERROR(ValueError, net.add(net), "Sequential: a module cannot be part of itself");
  EXPECT_ERROR(ValueError, net.add(gt::Sequential::Function()), "Sequential: an empty function was added");
  EXPECT_ERROR(ValueError, net.add(static_cast<gt::Tensor (*)(const gt::Tensor&, gt::Location)>(nullptr)),
               "Sequential: a null function was added");
}

TEST(PolynomialFeatures, AreAllProductsUpToADegree) {
  EXPECT_THAT(gt::PolynomialFeatures(2)(gt::tensor({{2.0, 3.0}})), near({1, 2, 3, 4, 6, 9}));
  EXPECT_THAT(gt::PolynomialFeatures(2, {.bias = false, .interaction_only = true})(gt::tensor({{2.0, 3.0}})),
              near({2, 3, 6}));
  EXPECT_EQ(gt::PolynomialFeatures(3).terms(4), 35);  // (4 + 3 over 3)
}

TEST(PolynomialFeatures, FitBetterAndPredictWorseAtAHighDegree) {
  gt::Generator numbers(2);
  auto target = [](const gt::Tensor& x) { return gt::sin(gt::squeeze(x, 1) * 3); };
  const auto x = gt::rand({12, 1}, numbers, {.dtype = gt::float64}) * 2 - 1,
             seen = target(x) + gt::randn({12}, numbers, {.dtype = gt::float64}) * 0.2;
  const auto fresh = gt::unsqueeze(gt::linspace(-1, 1, 101, {.dtype = gt::float64}), 1);
  auto risks = [&](int degree) {
    const gt::PolynomialFeatures features(degree);
    const auto w = gt::least_squares(features(x), seen);
    return std::pair(gt::mse_loss(gt::matmul(features(x), w), seen).item(),
                     gt::mse_loss(gt::matmul(features(fresh), w), target(fresh)).item());
  };

  const auto [empirical_1, true_1] = risks(1);
  const auto [empirical_4, true_4] = risks(4);
  const auto [empirical_10, true_10] = risks(10);

  EXPECT_GT(empirical_1, empirical_4);
  EXPECT_GT(empirical_4, empirical_10);
  EXPECT_GT(true_1, true_4);   // underfitting
  EXPECT_GT(true_10, true_4);  // overfitting
}

TEST(Models, AreGenericOverTheirType) {
  for (gt::DType dtype : {gt::float32, gt::float64}) {
    gt::Linear linear(3, 2, {.dtype = dtype});
    EXPECT_EQ(linear(gt::ones({4, 3}, {.dtype = dtype})).dtype(), dtype);
    EXPECT_EQ(linear.weight.shape(), (gt::Shape{2, 3}));
    EXPECT_EQ(gt::SoftmaxRegression(3, 2, {.dtype = dtype}).weight.dtype(), dtype);
  }
  EXPECT_ERROR(ValueError, gt::Linear(0, 3), "Linear: 0 features to 3 cannot be");
  EXPECT_ERROR(DTypeError, gt::Linear(1, 3, {.dtype = gt::DType::int64}),
               "Linear: weights of type int64 cannot be learned");
}

}  // namespace
