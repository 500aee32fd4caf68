// A captured step on the CPU runs neighbours block by block, and gives what passes by no memory: the bits are those of
// the step by hand.
#include <random>

#include "tests/support/near.h"

namespace {

// A step of random ops on tensors of n elements, single numbers and parts of tensors; the same one for the same seed.
gt::Tensor random_step(std::uint32_t seed, std::int64_t n, const gt::Tensor& x, const gt::Tensor& w, gt::Tensor& buffer,
                       gt::DType dtype) {
  std::mt19937 random(seed);
  auto below = [&](int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit)); };
  gt::Tape tape;
  std::vector<gt::Tensor> all{x, w, x * w};
  auto any = [&]() -> const gt::Tensor& { return all[static_cast<std::size_t>(below(static_cast<int>(all.size())))]; };
  for (int i = 0; i < 30; ++i) {
    switch (below(10)) {
      case 0:
        all.push_back(any() + any());
        break;
      case 1:
        all.push_back(gt::tanh(any()));
        break;
      case 2:
        all.push_back(any() * gt::sigmoid(any()));
        break;
      case 3:
        all.push_back(gt::maximum(any(), any()));
        break;
      case 4:
        all.push_back(any() * 0.5 + 0.25);
        break;
      case 5:
        all.push_back(any() - gt::reshape(gt::mean(any()), {1}));
        break;
      case 6:
        all.push_back(gt::where(any() > any(), any(), -any()));
        break;
      case 7:
        all.push_back(any() * gt::narrow(any(), 0, below(static_cast<int>(n)), 1));
        break;
      case 8: {
        gt::NoGrad pause;
        buffer.copy_(any().detach() * 0.5);
        buffer.add_(gt::full({n}, 1, {.dtype = dtype}));
        all.push_back(buffer.clone());
        break;
      }
      default:
        all.push_back(gt::sin(any()) * any());
    }
  }
  auto loss = gt::mean(all.back());
  for (std::size_t i = all.size() - 4; i + 1 < all.size(); ++i) loss = loss + gt::mean(gt::square(all[i]));
  loss.backward();
  return gt::cat({gt::reshape(loss.detach(), {1}), all.back().detach()}, 0);
}

std::vector<double> results(std::uint32_t seed, std::int64_t n, gt::DType dtype, bool captured) {
  const auto numbers = [&](double from) {
    return gt::sin(gt::arange(from, from + static_cast<double>(n), 1, {.dtype = dtype}));
  };
  auto w = numbers(1).requires_grad_();
  auto buffer = gt::zeros({n}, {.dtype = dtype});
  const gt::Step step = [&, seed](const gt::Inputs& in) { return random_step(seed, n, in["x"], w, buffer, dtype); };
  std::optional<gt::Program> program;
  std::vector<double> all;
  for (int run = 0; run < 3; ++run) {
    w.zero_grad();
    const std::vector<gt::NamedTensor> inputs{{"x", numbers(run)}};
    gt::Tensor result;
    if (!captured) result = step(gt::Inputs(inputs));
    else if (program) result = (*program)(inputs);
    else result = (program = gt::capture(inputs, step))->result();
    for (const gt::Tensor& x : {result, w.grad(), buffer})
      for (const double number : x.to_vector<double>()) all.push_back(number);
  }
  return all;
}

TEST(FusedPasses, HaveTheBitsOfTheStepByHand) {
  for (const std::int64_t n : {1, 2, 63, 64, 65, 511, 513, 4097, 33000})
    for (std::uint32_t seed = 1; seed <= (n > 5000 ? 4u : 12u); ++seed)
      for (const gt::DType dtype : {gt::float32, gt::float64})
        ASSERT_EQ(results(seed, n, dtype, true), results(seed, n, dtype, false))
            << "seed " << seed << ", " << n << " elements of " << gt::name_of(dtype);
}

TEST(FusedPasses, ReadANumberThatAMaskChoseAnew) {
  const auto x = gt::ones({70});
  auto program = gt::capture({{"x", x}, {"s", gt::scalar(1.0)}},
                             [](const gt::Inputs& in) { return in["x"] * gt::where(in["s"] > 0, 2, 3) + 1; });
  EXPECT_EQ(program.result().to_vector<float>()[69], 3);
  EXPECT_EQ(program({{"x", x}, {"s", gt::scalar(-1.0)}}).to_vector<float>()[69], 4);
}

TEST(FusedPasses, NeedNoMemoryForWhatPassesBy) {
  const std::int64_t n = 1 << 20;
  const auto x = gt::ones({n});
  auto program = gt::capture({{"x", x}}, [](const gt::Inputs& in) {
    gt::Tensor y = in["x"];
    for (int i = 0; i < 20; ++i) y = gt::tanh(y) + 1;
    return gt::sum(y);
  });
  const auto report = program.report();
  EXPECT_GE(report.bytes_before, 39 * 4 * n);
  EXPECT_EQ(report.bytes, 0) << "sum takes what passes by";
}

// The sum of tanh(a·x + b), its gradients in a and b, and steps of an optimizer on both.
template <class Optimizer>
std::vector<double> trained(std::int64_t n, bool captured, gt::ProgramReport* report = nullptr) {
  const auto numbers = [&](double from) {
    return gt::sin(gt::arange(from, from + static_cast<double>(n), 1, {.dtype = gt::float32}));
  };
  const auto a = numbers(1).clone().requires_grad_(), b = numbers(2).clone().requires_grad_(), x = numbers(3);
  Optimizer optimizer({a, b}, {.lr = 0.25});
  const auto step = [&](const gt::Inputs&) {
    gt::Tape tape;
    const auto loss = gt::sum(gt::tanh(a * x + b));
    loss.backward();
    optimizer.step();
    return loss.detach();
  };
  std::optional<gt::Program> program;
  std::vector<double> all;
  for (int run = 0; run < 3; ++run) {
    if (run == 2) optimizer.set_lr(0.5);
    const gt::Tensor loss = !captured ? step(gt::Inputs({}))
                            : program ? (*program)()
                                      : (program = gt::capture({}, step))->result();
    for (const gt::Tensor& each : {loss, a.detach(), b.detach(), a.grad(), b.grad()})
      for (const double number : each.to_vector<double>()) all.push_back(number);
  }
  if (report) *report = program->report();
  return all;
}

TEST(FusedPasses, TakeTheSumAndTheOptimizerAlong) {
  for (const std::int64_t n : {1, 31, 33, 1000, 5000, 16384, 16385, 50001}) {
    ASSERT_EQ(trained<gt::SGD>(n, true), trained<gt::SGD>(n, false)) << n << " elements";
    ASSERT_EQ(trained<gt::Adam>(n, true), trained<gt::Adam>(n, false)) << n << " elements";
  }
}

TEST(FusedPasses, AStepOfPointwiseOpsIsOnePassOverItsMemory) {
  const std::int64_t n = 50000;
  gt::ProgramReport report;
  trained<gt::Adam>(n, true, &report);
  EXPECT_EQ(report.passes, 2) << "the seed of one element, and all else";
  // a, b, x are read; a, b, their gradients and two states each are written, and all but a's gradient read once more.
  EXPECT_LE(report.moved, 22.0 * 4 * n + 100) << "and single numbers";
}

TEST(FusedPasses, WaitForANumberThatIsMadeOfAllElements) {
  const auto x = gt::arange(1, 2000, 1, {.dtype = gt::float32});
  const auto share = [](const gt::Inputs& in) {
    const gt::Tensor y = in["x"] * 2;
    return y / gt::sum(y) + gt::mean(y * y);
  };
  auto program = gt::capture({{"x", x}}, share);
  for (const double scale : {1.0, 3.0}) {
    const std::vector<gt::NamedTensor> given{{"x", x * scale}};
    EXPECT_EQ(program(given).to_vector<float>(), share(gt::Inputs(given)).to_vector<float>());
  }
}

TEST(FusedPasses, CopyANumberForAllElements) {
  const auto x = gt::arange(0, 700, 1, {.dtype = gt::float32});
  const auto shift = [](const gt::Inputs& in) { return gt::expand(in["number"], {700}).clone() * in["x"]; };
  auto program = gt::capture({{"x", x}, {"number", gt::scalar(2.0f)}}, shift);
  EXPECT_EQ(program.result().to_vector<float>()[699], 1398);
  EXPECT_EQ(program({{"x", x}, {"number", gt::scalar(3.0f)}}).to_vector<float>()[699], 2097);
}

TEST(FusedPasses, LeaveWhatLiesBehindAParameter) {
  const gt::Tensor all = gt::full({10}, 7, {.dtype = gt::float32});
  auto w = gt::narrow(all, 0, 0, 3).detach().requires_grad_();
  gt::SGD optimizer({w}, {.lr = 0.25});
  auto program = gt::capture({}, [&](const gt::Inputs&) {
    gt::Tape tape;
    const auto loss = gt::sum(w * w);
    loss.backward();
    optimizer.step();
    return loss.detach();
  });
  program();
  EXPECT_EQ(all.to_vector<float>(), (std::vector<float>{1.75, 1.75, 1.75, 7, 7, 7, 7, 7, 7, 7}));
}

}  // namespace
