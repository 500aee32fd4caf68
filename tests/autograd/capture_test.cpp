#include "tests/support/near.h"

namespace {

// On the CPU, and on a CUDA device where there is one.
std::vector<gt::Device> devices() {
  std::vector<gt::Device> all{gt::Device::cpu()};
  if (gt::cuda::is_available()) all.push_back(gt::Device::cuda());
  return all;
}

gt::Tensor numbers(const gt::Shape& shape, double from, gt::Device device) {
  return gt::reshape(gt::sin(gt::arange(from, from + static_cast<double>(gt::count_of(shape)), 1, {.dtype = gt::float32})), shape).to(device);
}

// Steps by hand and steps of a program leave the same bits, with a learning rate that changes on the way.
template <class Optimizer, class Options>
void expect_same_training(Options options, gt::Device device) {
  auto train = [&](bool captured) {
    gt::Linear model(4, 3, {.device = device, .seed = 5});
    Optimizer optimizer(model.parameters(), options);
    const gt::Step step = [&](const gt::Inputs& in) {
      gt::Tape tape;
      const auto loss = gt::cross_entropy(model(in["x"]), in["labels"]);
      loss.backward();
      optimizer.step();
      return loss.detach();
    };
    std::vector<double> results;
    std::optional<gt::Program> program;
    for (int i = 0; i < 6; ++i) {
      if (i == 4) optimizer.set_lr(options.lr / 2);
      const std::vector<gt::Bound> inputs{{"labels", gt::tensor({0, 1, 2, i % 3, 1}).to(device)}, {"x", numbers({5, 4}, i, device)}};
      if (!captured) {
        results.push_back(step(gt::Inputs(inputs)).item());
      } else if (!program) {
        program = gt::capture(inputs, step);
        results.push_back(program->result().item());
      } else {
        results.push_back((*program)(inputs).item());
      }
    }
    for (const auto& parameter : model.parameters())
      for (const double number : parameter.to_vector<double>()) results.push_back(number);
    return results;
  };
  EXPECT_EQ(train(true), train(false));
}

void train_both_ways(gt::Device device) {
  expect_same_training<gt::SGD>(gt::SGDOptions{.lr = 0.1}, device);
  expect_same_training<gt::SGD>(gt::SGDOptions{.lr = 0.1, .momentum = 0.9, .weight_decay = 0.01}, device);
  expect_same_training<gt::Adam>(gt::AdamOptions{.lr = 0.01}, device);
  expect_same_training<gt::AdamW>(gt::AdamWOptions{.lr = 0.01}, device);
}

TEST(Capture, StepsAsByHand) { train_both_ways(gt::Device::cpu()); }

TEST(CudaCapture, StepsAsByHand) {
  if (devices().size() == 1) GTEST_SKIP() << "no CUDA device: none is there, or this build has no CUDA";
  train_both_ways(gt::Device::cuda());
}

TEST(CudaCapture, KeepsItsMemoryToItself) {
  if (devices().size() == 1) GTEST_SKIP() << "no CUDA device: none is there, or this build has no CUDA";
  const auto device = gt::Device::cuda();
  const auto in_use = gt::cuda::memory_statistics().in_use;
  {
    auto w = numbers({1000}, 0, device).requires_grad_();
    auto program = gt::capture({{"x", numbers({1000}, 1, device)}}, [&](const gt::Inputs& in) {
      gt::Tape tape;
      const auto y = gt::sum(gt::tanh(in["x"] * w));
      y.backward();
      return y.detach();
    });
    const auto first = w.grad().to_vector<double>();
    w.zero_grad();
    std::vector<gt::Tensor> others;  // would lie where the program works, if that were free
    for (int i = 0; i < 10; ++i) others.push_back(gt::full({1000}, 7, {.device = device}));
    program();
    for (const auto& other : others) EXPECT_EQ(gt::sum(other).item(), 7000);
    const auto before = gt::cuda::memory_statistics();
    for (int i = 0; i < 3; ++i) program();
    EXPECT_EQ(gt::cuda::memory_statistics().allocations, before.allocations);
    EXPECT_EQ(gt::cuda::memory_statistics().in_use, before.in_use);
  }
  EXPECT_EQ(gt::cuda::memory_statistics().in_use, in_use);
}

TEST(Capture, RefusesWhatItCouldNotRunAgain) {
  for (const auto device : devices()) {
    const auto x = gt::ones({2, 3}, {.device = device});
    auto program = gt::capture({{"x", x}}, [](const gt::Inputs& in) { return in["x"] * 2; });
    EXPECT_THAT(program({{"x", x + 1}}), near(gt::full({2, 3}, 4)));
    EXPECT_THROW(program({{"x", gt::ones({4, 3})}}), gt::ShapeError);
    EXPECT_THROW(program({{"x", x.to(gt::float64)}}), gt::DTypeError);
    EXPECT_ERROR(ValueError, program({{"y", x}}), "program: there is no input \"y\"\n  There are: \"x\".");
    EXPECT_ERROR(ValueError, program(std::vector<gt::Bound>{}), "program: 0 inputs were given, 1 are wanted");
    EXPECT_ERROR(TapeError, gt::capture({{"x", x}}, [](const gt::Inputs& in) { return in["x"] * gt::sum(in["x"]).item(); }),
                 "item: elements cannot be read inside a captured step\n  Return the tensor from the step, and read it there.");
    EXPECT_THROW(gt::capture({{"x", x}}, [](const gt::Inputs&) { return gt::Tensor(); }), gt::ValueError);
    EXPECT_THROW(gt::capture({{"x", x}}, [](const gt::Inputs& in) { return gt::capture({}, [&](const gt::Inputs&) { return in["x"]; }).result(); }), gt::TapeError);
    EXPECT_THROW(gt::capture({{"x", x}}, {}), gt::ValueError);
    EXPECT_THAT(program({{"x", x}}), near(gt::full({2, 3}, 2))) << "and it works on";
    EXPECT_THAT(x + 1, near(gt::full({2, 3}, 2)));
    if (device == gt::Device::cpu()) continue;
    EXPECT_THROW(gt::capture({{"x", x}}, [](const gt::Inputs& in) { return in["x"] + gt::ones({3}).to(gt::Device::cuda()); }), gt::TapeError);
    EXPECT_THROW(gt::capture({{"x", x}, {"y", gt::ones({2})}}, [](const gt::Inputs& in) { return in["x"]; }), gt::DeviceError);
    EXPECT_THAT(gt::sum(x), near({6}));
  }
}

}  // namespace
