#include <unistd.h>

#include "tests/cuda/device.h"

namespace {

class CudaTraining : public Cuda {};

using Make = std::function<std::unique_ptr<gt::Module>(gt::Device)>;

std::unique_ptr<gt::Module> softmax_regression(gt::Device device) {
  return std::make_unique<gt::SoftmaxRegression>(64, 10, gt::ModuleOptions{.device = device});
}
std::unique_ptr<gt::Module> network(gt::Device device) {
  auto net = std::make_unique<gt::Sequential>();
  net->add<gt::Linear>(64, 32, gt::LinearOptions{.device = device, .seed = 1});
  net->add(gt::relu).add<gt::Linear>(32, 10, gt::LinearOptions{.device = device, .seed = 2});
  return net;
}

// The losses of each step of an epoch over the digits.
template <class Optimizer, class Options>
gt::Tensor losses_of_an_epoch(const Make& make, Options options, gt::Device device) {
  const auto data = gt::digits();
  const gt::Dataset there{gt::flatten(data.inputs.to(gt::float32) / 16, 1).to(device), data.labels.to(device)};
  const auto model = make(device);
  Optimizer optimizer(model->parameters(), options);
  std::vector<gt::Tensor> losses;
  for (const auto& [images, labels] : gt::batches(there, {.size = 64, .shuffle = true, .seed = 1})) {
    gt::Tape tape;
    const auto loss = gt::cross_entropy((*model)(images), labels);
    loss.backward();
    optimizer.step();
    losses.push_back(loss.detach());
  }
  return gt::stack(losses);
}

TEST_F(CudaTraining, LossesOfEachStepAreThoseOfTheCpu) {
  const auto here = losses_of_an_epoch<gt::SGD>(
      softmax_regression, gt::SGDOptions{.lr = 0.1, .momentum = 0.9, .weight_decay = 1e-4}, gt::Device::cpu());
  EXPECT_LT(here.to_vector<double>().back(), 0.5 * here.to_vector<double>().front());
  EXPECT_THAT(losses_of_an_epoch<gt::SGD>(softmax_regression,
                                          gt::SGDOptions{.lr = 0.1, .momentum = 0.9, .weight_decay = 1e-4}, cuda),
              near(here, 1e-5));
  const auto adam = losses_of_an_epoch<gt::Adam>(network, gt::AdamOptions{.lr = 0.003}, gt::Device::cpu());
  EXPECT_THAT(losses_of_an_epoch<gt::Adam>(network, gt::AdamOptions{.lr = 0.003}, cuda), near(adam, 1e-5));
}

TEST_F(CudaTraining, RunsHaveTheSameBits) {
  EXPECT_THAT(losses_of_an_epoch<gt::Adam>(network, gt::AdamOptions{}, cuda),
              the_same_as(losses_of_an_epoch<gt::Adam>(network, gt::AdamOptions{}, cuda)));
}

TEST_F(CudaTraining, WarmStepsAskForNoMemory) {
  gt::Sequential model;
  model.add<gt::Linear>(64, 32, gt::LinearOptions{.device = cuda})
      .add(gt::relu)
      .add<gt::Linear>(32, 10, gt::LinearOptions{.device = cuda});
  gt::Adam optimizer(model.parameters());
  const auto images = walk({64, 64}).to(gt::float32).to(cuda);
  const auto labels = gt::clamp(gt::arange(0, 64), 0, 9).to(gt::int64).to(cuda);
  auto step = [&] {
    gt::Tape tape;
    gt::cross_entropy(model(images), labels).backward();
    optimizer.step();
  };
  step();
  step();
  const auto before = gt::cuda::memory_statistics();

  for (int i = 0; i < 5; ++i) step();

  EXPECT_EQ(gt::cuda::memory_statistics().allocations, before.allocations);
  EXPECT_EQ(gt::cuda::memory_statistics().in_use, before.in_use);
}

TEST_F(CudaTraining, ModelsAreSavedAndLoadedAndMeasured) {
  const auto here = network(gt::Device::cpu()), there = network(cuda);
  const std::string path = testing::TempDir() + "/cuda_model_" + std::to_string(getpid()) + ".safetensors";
  gt::save(*there, path);
  gt::load(*here, path);
  gt::load(*there, path);
  const auto x = walk({20, 64}).to(gt::float32);
  const auto labels = gt::argmax((*here)(x), 1);
  EXPECT_THAT((*there)(x.to(cuda)), near((*here)(x), 1e-5));
  EXPECT_EQ(gt::accuracy((*there)(x.to(cuda)), labels.to(cuda)), 1);
  EXPECT_THAT(gt::confusion_matrix((*there)(x.to(cuda)), labels.to(cuda), 10),
              the_same_as(gt::confusion_matrix((*here)(x), labels, 10)));
}

TEST_F(CudaTraining, FitsSearchesAndSolves) {
  const auto x = walk({50, 3}).to(gt::float32), y = gt::matmul(x, gt::tensor({1.f, -2.f, 0.5f})) + 1;
  gt::Linear here(3, 1, {.seed = 1}), there(3, 1, {.device = cuda, .seed = 1});
  const auto target = gt::unsqueeze(y, 1);
  auto mse = [](const gt::Tensor& prediction, const gt::Tensor& wanted) { return gt::mse_loss(prediction, wanted); };
  const double wanted = gt::fit(here, x, target, mse, {.epochs = 5, .batch = 16});
  EXPECT_NEAR(gt::fit(there, x.to(cuda), target.to(cuda), mse, {.epochs = 5, .batch = 16}), wanted, 1e-5);
  EXPECT_THAT(gt::least_squares(x.to(cuda), y.to(cuda)), near(gt::least_squares(x, y), 1e-5));
  EXPECT_THAT(gt::least_squares(x.to(cuda), y.to(cuda), {.l2 = 0.1}), near(gt::least_squares(x, y, {.l2 = 0.1}), 1e-5));
  auto w = gt::zeros({3}, {.device = cuda}).requires_grad_();
  gt::RandomSearch search({w}, {.scale = 0.5});
  auto loss = [&] { return gt::mean(gt::square(gt::matmul(x.to(cuda), w) - y.to(cuda))); };
  const double first = search.step(loss);
  for (int i = 0; i < 20; ++i) search.step(loss);
  EXPECT_LT(loss().item(), first);
  EXPECT_EQ(w.device(), cuda);
  w.requires_grad_();
  gt::Tape tape;
  loss().backward();
  EXPECT_GT(gt::clip_grad_norm_(std::vector{w}, 0.1), 0.1);
  EXPECT_NEAR(gt::clip_grad_norm_(std::vector{w}, 1), 0.1, 1e-5);
}

TEST_F(CudaTraining, MinimisersFindTheMinimum) {
  const auto wanted = gt::tensor({{1.0, -2.0}, {3.0, 0.5}}).to(cuda);
  auto loss = [&](const gt::Tensor& x) { return gt::sum(gt::square(x - wanted) + gt::softplus(x)); };
  const auto here = gt::optimize::newton(
      [&](const gt::Tensor& x) { return gt::sum(gt::square(x - wanted.to(gt::Device::cpu())) + gt::softplus(x)); },
      gt::zeros({2, 2}, {.dtype = gt::float64}));
  const auto x0 = gt::zeros({2, 2}, {.dtype = gt::float64, .device = cuda});
  for (const auto& there : {gt::optimize::lbfgs(loss, x0), gt::optimize::newton(loss, x0)}) {
    EXPECT_EQ(there.reason, gt::StopReason::gradient);
    EXPECT_EQ(there.x.device(), cuda);
    EXPECT_THAT(there.x, near(here.x, 1e-8));
  }
}

TEST_F(CudaTraining, ModelsAreFittedToConvergenceAndCalibrated) {
  const auto digits = gt::digits();
  const auto x = gt::flatten(gt::narrow(digits.inputs, 0, 0, 200).to(gt::float64), 1) / 16;
  const auto labels = gt::narrow(digits.labels, 0, 0, 200);
  gt::SoftmaxRegression here(64, 10, {.dtype = gt::float64});
  gt::SoftmaxRegression there(64, 10, {.dtype = gt::float64, .device = cuda});
  const gt::FitOptions options{.l2 = 0.1, .tolerance = 1e-8};
  EXPECT_NEAR(there.fit(x.to(cuda), labels.to(cuda), options).value, here.fit(x, labels, options).value, 1e-12);
  EXPECT_THAT(there.weight, near(here.weight, 1e-6));

  const auto logits = here(x);
  EXPECT_NEAR(gt::calibrate_temperature(logits.to(cuda), labels.to(cuda)), gt::calibrate_temperature(logits, labels),
              1e-10);
  const auto p = gt::softmax(logits, 1);
  EXPECT_THAT(gt::reliability(p.to(cuda), labels.to(cuda)).count, the_same_as(gt::reliability(p, labels).count));
  EXPECT_NEAR(gt::expected_calibration_error(p.to(cuda), labels.to(cuda)), gt::expected_calibration_error(p, labels),
              1e-12);
  EXPECT_THAT(gt::recall(logits.to(cuda), labels.to(cuda), 10), near(gt::recall(logits, labels, 10), 1e-15));
}

TEST_F(CudaTraining, DerivativesOfEveryOrderAreThere) {
  const auto x = gt::tensor({0.3, -0.7, 1.1}).to(cuda);
  auto f = [](const std::vector<gt::Tensor>& v) { return gt::sum(gt::exp(v[0]) * gt::sin(v[0])); };
  auto one = [](const gt::Tensor& v) { return gt::sum(gt::exp(v) * gt::sin(v)); };
  EXPECT_THAT(gt::hessian(one, x), near(gt::hessian(one, x.to(gt::Device::cpu())), 1e-12));
  auto square = [](const gt::Tensor& v) { return v * v; };
  EXPECT_THAT(gt::jacobian(square, x), near(gt::jacobian(square, x.to(gt::Device::cpu())), 1e-12));
  EXPECT_TRUE(gt::gradgradcheck(f, {x}).ok);
}

}  // namespace
