#include "tests/cuda/device.h"

#include <functional>

namespace {

class CudaUpdate : public Cuda {};

using Tensors = std::vector<gt::Tensor>;

gt::Tensor draw(const gt::Shape& shape, std::uint64_t stream, gt::DType type, gt::Device device) {
  gt::Generator generator(3, stream);
  return gt::randn(shape, generator, {.dtype = gt::float64}).to(type).to(device);
}

// Parameters of all sorts: small and large, empty, not aligned, not dense.
Tensors parameters(gt::DType type, gt::Device device) {
  Tensors all;
  std::uint64_t stream = 0;
  for (const gt::Shape& shape : {gt::Shape{1}, {3}, {1024}, {2050}, {5, 7}, {0}})
    all.push_back(draw(shape, stream++, type, device));
  all.push_back(gt::narrow(draw({40}, stream++, type, device), 0, 1, 37));
  all.push_back(gt::t(draw({3, 4}, stream++, type, device)));
  for (auto& parameter : all) parameter.requires_grad_();
  return all;
}

// Leaves a gradient of drawn numbers with a parameter: that of its product with them.
void give_gradient(const gt::Tensor& parameter, std::uint64_t stream) {
  const auto numbers = draw({parameter.numel()}, 1000 + stream, parameter.dtype(), parameter.device());
  gt::Tape tape;
  gt::matmul(gt::reshape(parameter, {parameter.numel()}), numbers).backward();
}
void give_gradients(const Tensors& parameters, std::uint64_t turn) {
  for (std::size_t i = 0; i < parameters.size(); ++i) give_gradient(parameters[i], 100 * turn + i);
}

void expect_the_same(const Tensors& got, const Tensors& wanted) {
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_THAT(got[i], the_same_as(wanted[i])) << "parameter " << i;
}

using Make = std::function<std::unique_ptr<gt::Optimizer>(const Tensors&)>;
template <class O, class Options>
Make make(Options options) {
  return [=](const Tensors& parameters) { return std::make_unique<O>(parameters, options); };
}
const std::pair<const char*, Make> optimizers[] = {
    {"SGD", make<gt::SGD>(gt::SGDOptions{.lr = 0.1, .weight_decay = 0.01})},
    {"SGD with momentum", make<gt::SGD>(gt::SGDOptions{.lr = 0.1, .momentum = 0.9})},
    {"SGD by Nesterov", make<gt::SGD>(gt::SGDOptions{.lr = 0.1, .momentum = 0.9, .nesterov = true})},
    {"Adam", make<gt::Adam>(gt::AdamOptions{.lr = 0.1})},
    {"AdamW", make<gt::AdamW>(gt::AdamWOptions{.lr = 0.1})},
    {"RMSprop", make<gt::RMSprop>(gt::RMSpropOptions{.lr = 0.1, .momentum = 0.5})},
    {"Adagrad", make<gt::Adagrad>(gt::AdagradOptions{.lr = 0.1})}};

TEST_F(CudaUpdate, EachOptimizerGivesTheBitsOfTheCpu) {
  for (const auto& [name, optimizer_of] : optimizers)
    for (const auto type : {gt::float32, gt::float64}) {
      SCOPED_TRACE(name + std::string(" ") + gt::name_of(type));
      const auto here = parameters(type, gt::Device::cpu()), there = parameters(type, cuda);
      const auto on_cpu = optimizer_of(here), on_cuda = optimizer_of(there);

      for (std::uint64_t turn = 0; turn < 3; ++turn) {
        give_gradients(here, turn);
        give_gradients(there, turn);
        on_cpu->step();
        on_cuda->step();
      }

      expect_the_same(there, here);
    }
}

TEST_F(CudaUpdate, LeavesWhatLiesAroundAParameterAlone) {
  const auto numbers = gt::zeros({16}, {.device = cuda});
  auto parameter = gt::narrow(numbers, 0, 3, 6).requires_grad_();
  give_gradient(parameter, 0);

  gt::SGD({parameter}, {.lr = 1}).step();

  EXPECT_THAT(gt::narrow(numbers, 0, 0, 3), near({0, 0, 0}));
  EXPECT_THAT(gt::narrow(numbers, 0, 9, 7), near({0, 0, 0, 0, 0, 0, 0}));
  EXPECT_THAT(parameter, the_same_as(-parameter.grad()));
}

TEST_F(CudaUpdate, StepsMoreParametersThanOneLaunchTakes) {
  Tensors here, there;
  for (std::uint64_t i = 0; i < 300; ++i) {
    here.push_back(draw({1 + static_cast<std::int64_t>(i % 9)}, i, gt::float32, gt::Device::cpu()).requires_grad_());
    there.push_back(here.back().detach().to(cuda).requires_grad_());
  }
  gt::Adam on_cpu(here), on_cuda(there);
  give_gradients(here, 0);
  give_gradients(there, 0);

  on_cpu.step();
  on_cuda.step();

  expect_the_same(there, here);
}

TEST_F(CudaUpdate, CountsTheStepsOfEachParameter) {
  const auto here = parameters(gt::float32, gt::Device::cpu()), there = parameters(gt::float32, cuda);
  gt::Adam on_cpu(here, {.lr = 0.1}), on_cuda(there, {.lr = 0.1});

  for (std::uint64_t turn = 0; turn < 4; ++turn) {
    for (std::size_t i = 0; i < here.size(); ++i) {
      if (turn % (1 + i % 3) != 0) continue;  // some get a gradient each turn, some each second or third
      give_gradient(here[i], 10 * turn + i);
      give_gradient(there[i], 10 * turn + i);
    }
    on_cpu.step();
    on_cuda.step();
  }

  expect_the_same(there, here);
}

TEST_F(CudaUpdate, TakesParametersOfSeveralDevicesAndTypes) {
  const gt::Device devices[] = {gt::Device::cpu(), cuda, gt::Device::cuda(gt::cuda::device_count() - 1)};
  Tensors mixed, alone;
  for (const auto type : {gt::float32, gt::float64})
    for (std::size_t i = 0; i < 8; ++i) {
      mixed.push_back(parameters(type, devices[i % 3])[i]);
      alone.push_back(parameters(type, gt::Device::cpu())[i]);
    }
  gt::Adam both(mixed, {.lr = 0.1}), on_cpu(alone, {.lr = 0.1});

  for (std::uint64_t turn = 0; turn < 2; ++turn) {
    give_gradients(mixed, turn);
    give_gradients(alone, turn);
    both.step();
    on_cpu.step();
  }

  expect_the_same(mixed, alone);
}

TEST_F(CudaUpdate, StepsAgainstWhatBackwardLeftOfAProduct) {
  auto weight = gt::zeros({1, 2}, {.device = cuda}).requires_grad_();
  const auto x = gt::tensor({{3.f, -4.f}}).to(cuda);
  {
    gt::Tape tape;
    gt::reshape(gt::linear(x, weight), {}).backward();
  }

  gt::SGD({weight}, {.lr = 0.5}).step();

  EXPECT_THAT(weight, near({-1.5, 2}));
}

}  // namespace
