// On a CUDA device, where there is one: a training step recorded each time and captured, and single passes beside a
// copy of as many bytes.
#include <gradtape/gradtape.h>

#include "support.h"

namespace gt = gradtape;

namespace {

const gt::Device cuda = gt::Device::cuda();

gt::Tensor drawn(const gt::Shape& shape, std::uint64_t stream = 0) {
  gt::Generator generator(1, stream);
  return gt::randn(shape, generator);
}

// The best time of each, taking turns; the device is waited for at the end of each turn.
template <class... Runs>
std::array<double, sizeof...(Runs)> best_on_device(benchmark::State& state, Runs... runs) {
  auto turn = [](auto& run) {
    for (int i = 0; i < 20; ++i) run();
    gt::cuda::synchronize();
  };
  auto best = bench::best_in_turn(state, [&] { turn(runs); }...);
  for (double& time : best) time /= 20;
  return best;
}

void require_near(const gt::Tensor& there, const gt::Tensor& here, const char* what) {
  bench::require(gt::amax(gt::abs(there.to(gt::Device::cpu()) - here)).item() < 1e-4, what);
}

struct SoftmaxStep {
  gt::SoftmaxRegression model;
  gt::SGD optimizer;
  gt::Tensor x, labels;

  SoftmaxStep(std::int64_t batch, std::int64_t features, std::int64_t classes, gt::Device device)
      : model(features, classes, {.device = device}),
        optimizer(model.parameters(), {.lr = 0.1}),
        x(drawn({batch, features}).to(device)) {
    gt::Generator generator(2);
    labels = gt::randint(0, classes, {batch}, generator, {.dtype = gt::int64}).to(device);
  }
  gt::Tensor operator()(const gt::Inputs& in) {
    gt::Tape tape;
    const gt::Tensor loss = gt::cross_entropy(model(in["x"]), in["labels"]);
    loss.backward();
    optimizer.step();
    return loss.detach();
  }
  std::vector<gt::NamedTensor> inputs() const { return {{"x", x}, {"labels", labels}}; }
};

void softmax_step(benchmark::State& state) {
  SoftmaxStep recorded(state.range(0), state.range(1), state.range(2), cuda),
      captured(state.range(0), state.range(1), state.range(2), cuda),
      here(state.range(0), state.range(1), state.range(2), gt::Device::cpu());
  gt::Program program = gt::capture(captured.inputs(), [&](const gt::Inputs& in) { return captured(in); });
  recorded(gt::Inputs(recorded.inputs()));
  here(gt::Inputs(here.inputs()));
  require_near(recorded.model.weight, here.model.weight, "recorded");
  require_near(captured.model.weight, here.model.weight, "captured");
  const gt::Inputs inputs(recorded.inputs());
  const auto best = best_on_device(state, [&] { recorded(inputs); }, [&] { program(); });
  state.counters["recorded_us"] = best[0] * 1e6;
  state.counters["captured_us"] = best[1] * 1e6;
}

// `passes`: how often an op must read or write an array of x's size at least.
void beside_a_copy(benchmark::State& state, const gt::Tensor& x, int passes, const std::function<void()>& run) {
  const gt::Tensor from = x.to(cuda);
  gt::Tensor to = gt::empty_like(from);
  const auto best = best_on_device(state, run, [&] { to.copy_(from); });
  state.counters["us"] = best[0] * 1e6;
  state.counters["of_copy"] = best[0] / (best[1] * passes / 2);
}
void pass(benchmark::State& state, gt::Tensor (*op)(const gt::Tensor&), bool backward) {
  const gt::Tensor x = drawn({state.range(0), state.range(1)}), leaf = x.to(cuda).requires_grad_();
  require_near(op(x.to(cuda)), op(x), "value");
  if (!backward) return beside_a_copy(state, x, 2, [&, there = x.to(cuda)] { op(there); });
  const gt::Tensor seed = gt::ones_like(leaf);
  beside_a_copy(state, x, 5, [&] {
    gt::Tape tape;
    const gt::Tensor y = op(leaf);
    gt::grad(std::vector{y}, std::vector{leaf}, {.seeds = {seed}});
  });
}
gt::Tensor tanh_of(const gt::Tensor& x) { return gt::tanh(x); }
gt::Tensor log_softmax_of(const gt::Tensor& x) { return gt::log_softmax(x); }
gt::Tensor transpose_of(const gt::Tensor& x) { return gt::t(x).contiguous(); }

void adam_step(benchmark::State& state) {
  const gt::Tensor x = drawn({state.range(0)});
  auto w = x.to(cuda).requires_grad_();
  gt::Adam optimizer({w});
  auto step = [&] {
    gt::Tape tape;
    gt::sum(w).backward();
    optimizer.step();
  };
  gt::Program program = gt::capture({{"x", w.detach()}}, [&](const gt::Inputs&) {
    step();
    return w.detach();
  });
  beside_a_copy(state, x, 7 + 3, [&] { program(); });  // the sum reads, its gradient is written twice
}

// Nothing is listed where there is no device.
[[maybe_unused]] const bool listed = [] {
  if (!gt::cuda::is_available()) return false;
  benchmark::RegisterBenchmark("cuda_softmax_step", softmax_step)
      ->Args({128, 784, 10})
      ->Args({1024, 784, 10})
      ->UseManualTime();
  const struct {
    const char* name;
    gt::Tensor (*op)(const gt::Tensor&);
    bool backward;
  } passes[] = {{"cuda_tanh", tanh_of, false},
                {"cuda_tanh_and_gradient", tanh_of, true},
                {"cuda_log_softmax", log_softmax_of, false},
                {"cuda_log_softmax_and_gradient", log_softmax_of, true},
                {"cuda_transpose", transpose_of, false}};
  for (const auto& each : passes)
    benchmark::RegisterBenchmark(each.name, [each](benchmark::State& state) { pass(state, each.op, each.backward); })
        ->Args({1024, 1000})
        ->Args({4096, 4096})
        ->UseManualTime();
  benchmark::RegisterBenchmark("cuda_adam_step", adam_step)->Arg(1 << 20)->Arg(1 << 24)->UseManualTime();
  return true;
}();

}  // namespace
