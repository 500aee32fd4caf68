// A step of softmax regression (forward, NLL, backward, SGD), recorded each time, beside the same step by hand.
//
// The twin keeps the tape's op boundaries: x is read by forward and by backward, gradients are written out, and the kernels are the
// same. What the ratio shows is the tape.
#include <cstring>

#include <gradtape/gradtape.h>
#include <gradtape/ops/cpu/matmul.h>
#include <gradtape/ops/rowwise.h>

#include "support.h"

namespace gt = gradtape;

namespace {

constexpr double rate = 0.01;

struct Problem {
  std::int64_t batch, features, classes;
  gt::Tensor x, labels;

  Problem(std::int64_t b, std::int64_t f, std::int64_t c) : batch(b), features(f), classes(c) {
    gt::Generator generator(1);
    x = gt::rand({b, f}, generator);
    labels = gt::randint(0, c, {b}, generator);
  }
};

struct Taped {
  const Problem& p;
  gt::SoftmaxRegression model{p.features, p.classes};
  gt::SGD optimizer{model.parameters(), {.lr = rate}};

  void operator()() {
    gt::Tape tape;
    gt::cross_entropy(model(p.x), p.labels).backward();
    optimizer.step();
  }
};

struct Twin {
  const Problem& p;
  gt::Tensor w = gt::zeros({p.classes, p.features}), b = gt::zeros({p.classes}), y = gt::empty({p.batch, p.classes}), log_p = gt::empty_like(y),
             g = gt::empty_like(y), dw = gt::empty_like(w), db = gt::empty_like(b);
  double loss = 0;

  void operator()() {
    const gt::LogSoftmax op;
    const auto& rows = gt::RowwiseRowOf<gt::LogSoftmax>::row.loops[0];
    const int level = gt::cpu_level();
    const std::int64_t* labels = p.labels.data<std::int64_t>();
    gt::matmul(y.data<float>(), p.batch, p.classes, p.features, {p.x.data<float>(), p.features, 1}, {w.data<float>(), 1, p.features}, b.data<float>());
    rows.forward[level](&op, {log_p.data<float>(), {y.data<float>()}, p.batch, p.classes});
    loss = 0;
    for (std::int64_t i = 0; i < p.batch; ++i) loss -= log_p.data<float>()[i * p.classes + labels[i]];
    loss /= static_cast<double>(p.batch);
    float* grad = g.data<float>();
    std::memset(grad, 0, static_cast<std::size_t>(p.batch * p.classes) * sizeof(float));
    for (std::int64_t i = 0; i < p.batch; ++i) grad[i * p.classes + labels[i]] = -1 / static_cast<float>(p.batch);
    rows.backward[level](&op, {grad, {log_p.data<float>(), grad}, p.batch, p.classes});
    gt::matmul(dw.data<float>(), p.classes, p.features, p.batch, {grad, 1, p.classes}, {p.x.data<float>(), p.features, 1});
    float* sums = db.data<float>();
    std::fill_n(sums, p.classes, 0.f);
    for (std::int64_t i = 0; i < p.batch; ++i)
      for (std::int64_t c = 0; c < p.classes; ++c) sums[c] += grad[i * p.classes + c];
    descend(w.data<float>(), dw.data<float>(), p.classes * p.features);
    descend(b.data<float>(), sums, p.classes);
  }
  static void descend(float* w, const float* g, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) w[i] -= static_cast<float>(rate) * g[i];
  }
};

void softmax_step(benchmark::State& state) {
  gt::set_num_threads(1);
  const Problem problem(state.range(0), state.range(1), state.range(2));
  Taped taped{problem};
  Twin twin{problem};
  for (int i = 0; i < 3; ++i) taped(), twin();
  bench::require(gt::amax(gt::abs(taped.model.weight.detach() - twin.w)).item() <= 1e-6 * gt::amax(gt::abs(twin.w)).item(), "weights after three steps");

  const auto best = bench::best_of_both(state, [&] { taped(); }, [&] { twin(); });

  bench::report(state, best);
  const double products = 2.0 * static_cast<double>(problem.batch * problem.features * problem.classes);
  state.counters["twin/fma"] = best.theirs / (products / bench::fma_rate());
}
BENCHMARK(softmax_step)
    ->ArgNames({"batch", "features", "classes"})
    ->Args({64, 64, 10})
    ->Args({128, 784, 10})
    ->Args({1024, 784, 10})
    ->Args({256, 3072, 100})
    ->Args({64, 8192, 1000})
    ->Args({60000, 784, 10})
    ->UseManualTime();

}  // namespace
