// Steps on two threads beside the same steps on one: nothing may be slower, and what takes long must be faster.
#include <gradtape/gradtape.h>

#include "support.h"

namespace gt = gradtape;

namespace {

// The best times of a step on one thread and on two, taking turns. `step` gives what both must agree on.
template <class Step>
void on_one_and_two(benchmark::State& state, Step step) {
  auto with = [&](int threads) {
    gt::set_num_threads(threads);
    return step();
  };
  bench::require(gt::amax(gt::abs(with(1) - with(2))).item() == 0, "a step on two threads");
  const int repeats = bench::repeats_for(step);
  double best[2] = {INFINITY, INFINITY};
  for (auto _ : state) {
    for (const int threads : {1, 2}) {
      with(threads);  // the team is hired
      best[threads - 1] = std::min(best[threads - 1], bench::time_of(step, repeats));
    }
    state.SetIterationTime(best[1]);
  }
  state.counters["one_us"] = best[0] * 1e6;
  state.counters["two_us"] = best[1] * 1e6;
  state.counters["speedup"] = best[0] / best[1];
}

// A step that changes nothing, so that all are alike; gives a gradient.
gt::Tensor train(const gt::Module& model, gt::Optimizer& optimizer, const gt::Tensor& x, const gt::Tensor& labels) {
  gt::Tape tape;
  gt::cross_entropy(model(x), labels).backward();
  optimizer.step();
  return model.parameters()[0].grad();
}

void softmax_on_threads(benchmark::State& state) {
  const std::int64_t batch = state.range(0), features = state.range(1), classes = state.range(2);
  gt::Generator numbers(1);
  const auto x = gt::rand({batch, features}, numbers), labels = gt::randint(0, classes, {batch}, numbers);
  gt::SoftmaxRegression model(features, classes);
  gt::SGD optimizer(model.parameters(), {.lr = 0});
  on_one_and_two(state, [&] { return train(model, optimizer, x, labels); });
}
BENCHMARK(softmax_on_threads)->Apply(bench::softmax_sizes)->UseManualTime();

void mlp_on_threads(benchmark::State& state) {
  gt::Generator numbers(1);
  const auto x = gt::rand({128, 784}, numbers), labels = gt::randint(0, 10, {128}, numbers);
  gt::Sequential net;
  net.add<gt::Linear>(784, 256).add(gt::relu).add<gt::Linear>(256, 128).add(gt::relu).add<gt::Linear>(128, 10);
  gt::Adam optimizer(net.parameters(), {.lr = 0});
  on_one_and_two(state, [&] { return train(net, optimizer, x, labels); });
}
BENCHMARK(mlp_on_threads)->UseManualTime();

void log_softmax_on_threads(benchmark::State& state) {
  gt::Generator numbers(1);
  const auto x = gt::randn({1024, 1000}, numbers).requires_grad_(), seed = gt::randn({1024, 1000}, numbers);
  on_one_and_two(state, [&] {
    gt::Tape tape;
    return gt::grad(std::vector{gt::log_softmax(x, 1)}, std::vector{x}, {.seeds = {seed}})[0];
  });
}
BENCHMARK(log_softmax_on_threads)->UseManualTime();

}  // namespace
