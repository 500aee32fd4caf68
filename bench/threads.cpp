// Steps on two threads beside the same steps on one: nothing may be slower, and what takes long must be faster, as far
// as the machine has a second core to give: two threads that each do the whole step, at once, show how far.
#include <functional>
#include <memory>
#include <thread>

#include <gradtape/gradtape.h>

#include "support.h"

namespace gt = gradtape;

namespace {

// A step that changes nothing, so that all are alike; it gives a gradient.
using Step = std::function<gt::Tensor()>;

// The best times of a step on one thread, on two, and of two steps apart on a thread each, taking turns. `make` gives a
// step over memory of its own.
void on_one_and_two(benchmark::State& state, const std::function<Step()>& make) {
  Step step = make(), other = make();
  const auto with = [&](int threads) {
    gt::set_num_threads(threads);
    return step();  // the team is hired
  };
  bench::require(gt::amax(gt::abs(with(1) - with(2))).item() == 0, "a step on two threads");
  const int repeats = bench::repeats_for(step);
  const auto apart = [&] {
    double times[2];
    std::jthread beside([&] { times[1] = bench::time_of(other, repeats); });
    times[0] = bench::time_of(step, repeats);
    beside.join();
    return std::max(times[0], times[1]);
  };
  double one = INFINITY, two = INFINITY, both = INFINITY;
  for (auto _ : state) {
    with(1);
    one = std::min(one, bench::time_of(step, repeats));
    both = std::min(both, apart());
    with(2);
    two = std::min(two, bench::time_of(step, repeats));
    state.SetIterationTime(two);
  }
  state.counters["one_us"] = one * 1e6;
  state.counters["two_us"] = two * 1e6;
  state.counters["speedup"] = one / two;
  state.counters["speedup_apart"] = 2 * one / both;
}

Step training(std::shared_ptr<gt::Module> model, std::shared_ptr<gt::Optimizer> optimizer, std::int64_t batch,
              std::int64_t features, std::int64_t classes) {
  gt::Generator numbers(1);
  return [=, x = gt::rand({batch, features}, numbers), labels = gt::randint(0, classes, {batch}, numbers)] {
    gt::Tape tape;
    gt::cross_entropy((*model)(x), labels).backward();
    optimizer->step();
    return model->parameters()[0].grad();
  };
}

void softmax_on_threads(benchmark::State& state) {
  const std::int64_t batch = state.range(0), features = state.range(1), classes = state.range(2);
  on_one_and_two(state, [=] {
    const auto model = std::make_shared<gt::SoftmaxRegression>(features, classes);
    return training(model, std::make_shared<gt::SGD>(model->parameters(), gt::SGDOptions{.lr = 0}), batch, features,
                    classes);
  });
}
BENCHMARK(softmax_on_threads)->Apply(bench::softmax_sizes)->UseManualTime();

void mlp_on_threads(benchmark::State& state) {
  on_one_and_two(state, [] {
    const auto net = std::make_shared<gt::Sequential>();
    net->add<gt::Linear>(784, 256).add(gt::relu).add<gt::Linear>(256, 128).add(gt::relu).add<gt::Linear>(128, 10);
    return training(net, std::make_shared<gt::Adam>(net->parameters(), gt::AdamOptions{.lr = 0}), 128, 784, 10);
  });
}
BENCHMARK(mlp_on_threads)->UseManualTime();

void log_softmax_on_threads(benchmark::State& state) {
  on_one_and_two(state, [] {
    gt::Generator numbers(1);
    return [x = gt::randn({1024, 1000}, numbers).requires_grad_(), seed = gt::randn({1024, 1000}, numbers)] {
      gt::Tape tape;
      return gt::grad(std::vector{gt::log_softmax(x, 1)}, std::vector{x}, {.seeds = {seed}})[0];
    };
  });
}
BENCHMARK(log_softmax_on_threads)->UseManualTime();

}  // namespace
