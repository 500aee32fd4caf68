// The tape alone: chains of 1000 ops on one element, forward and backward.
#include <gradtape/gradtape.h>

#include "support.h"

namespace gt = gradtape;

namespace {

constexpr int length = 1000;

void report_an_op(benchmark::State& state) {
  state.counters["ns/op"] =
      benchmark::Counter(length * 1e-9, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void tape_tanh(benchmark::State& state) {
  const gt::Tensor w = gt::tensor({0.5f}).requires_grad_();
  for (auto _ : state) {
    gt::Tape tape;
    gt::Tensor x = w;
    for (int i = 0; i < length; ++i) x = gt::tanh(x);
    x.backward();
  }
  double x = 0.5, slope = 1;
  for (int i = 0; i < length; ++i) x = std::tanh(x), slope *= 1 - x * x;
  w.grad();
  gt::Tensor again = gt::tensor({0.5f}).requires_grad_();
  {
    gt::Tape tape;
    gt::Tensor y = again;
    for (int i = 0; i < length; ++i) y = gt::tanh(y);
    y.backward();
  }
  bench::require(std::abs(again.grad().item() - slope) <= 1e-4 * slope, "the slope of a chain of tanh");
  report_an_op(state);
}
BENCHMARK(tape_tanh);

void tape_multiply(benchmark::State& state) {
  const gt::Tensor w = gt::tensor({0.999f}).requires_grad_();
  auto step = [&] {
    gt::Tape tape;
    gt::Tensor x = w;
    for (int i = 0; i < length; ++i) x = x * w;
    x.backward();
  };
  step();
  const double wanted = (length + 1) * std::pow(0.999f, length);  // (w^(n+1))' = (n+1) w^n
  bench::require(std::abs(w.grad().item() - wanted) <= 1e-4 * wanted, "the slope of a power");
  for (auto _ : state) step();
  report_an_op(state);
}
BENCHMARK(tape_multiply);

}  // namespace
