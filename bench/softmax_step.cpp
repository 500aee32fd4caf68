// A step of softmax regression (forward, NLL, backward, SGD), recorded each time, beside the same step by hand.
//
// The twin keeps the tape's op boundaries: x is read by forward and by backward, gradients are written out, and the
// kernels are the same. What the ratio shows is the tape. The captured step has none. The fused step shows what the
// boundaries cost.
#include <gradtape/gradtape.h>
#include <gradtape/ops/cpu/cross_entropy.h>
#include <gradtape/ops/cpu/matmul.h>
#include <gradtape/ops/rowwise.h>

#include "support.h"

namespace gt = gradtape;

namespace {

constexpr float rate = 0.01f;

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

  gt::Tensor step(const gt::Tensor& x, const gt::Tensor& labels) {
    gt::Tape tape;
    const gt::Tensor loss = gt::cross_entropy(model(x), labels);
    loss.backward();
    optimizer.step();
    return loss.detach();
  }
  void operator()() { step(p.x, p.labels); }
};

BENCH_BY_HAND double mean_of(const float* losses, std::int64_t batch) {
  double total = 0;
  for (std::int64_t i = 0; i < batch; ++i) total += losses[i];
  return total / static_cast<double>(batch);
}
BENCH_BY_HAND void descend(float* w, const float* g, float by, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) w[i] -= by * g[i];
}
// p - 1 at the labels: the gradient, but for the division by the batch. Gives the loss.
BENCH_BY_HAND double minus_labels(float* p, const std::int64_t* labels, std::int64_t batch, std::int64_t classes) {
  double loss = 0;
  for (std::int64_t i = 0; i < batch; ++i) {
    float& at = p[i * classes + labels[i]];
    loss -= std::log(at);
    at -= 1;
  }
  return loss;
}

struct Twin {
  const Problem& p;
  gt::Tensor w = gt::zeros({p.classes, p.features}), b = gt::zeros({p.classes}), y = gt::empty({p.batch, p.classes}),
             g = gt::empty_like(y), totals = gt::empty({2, gt::whole_packs(p.batch)}), losses = gt::empty({p.batch}),
             scale = gt::empty({gt::whole_packs(p.batch)}), exps = gt::empty({gt::count_of_exps(p.batch, p.classes)}),
             dw = gt::empty_like(w), db = gt::empty_like(b);
  double loss = 0;

  void operator()() {
    float *grad = g.data<float>(), *top = totals.data<float>();
    gt::LabelledRows<float> rows{y.data<float>(),
                                 p.labels.data<std::int64_t>(),
                                 nullptr,
                                 -1,
                                 p.batch,
                                 p.classes,
                                 top,
                                 top + gt::whole_packs(p.batch),
                                 losses.data<float>(),
                                 exps.numel() ? exps.data<float>() : nullptr};
    gt::matmul(y.data<float>(), p.batch, p.classes, p.features, {p.x.data<float>(), p.features, 1},
               {w.data<float>(), 1, p.features}, b.data<float>());
    gt::cross_entropy_losses(rows, 0, rows.rows);
    loss = mean_of(losses.data<float>(), p.batch);
    rows.each = scale.data<float>();
    const float one = 1;
    gt::cross_entropy_gradient(rows, 0, rows.rows, &one, 0, 1 / static_cast<float>(p.batch), grad);
    gt::matmul(dw.data<float>(), p.classes, p.features, p.batch, {grad, 1, p.classes},
               {p.x.data<float>(), p.features, 1});
    bench::sum_rows(db.data<float>(), grad, p.batch, p.classes);
    descend(w.data<float>(), dw.data<float>(), rate, w.numel());
    descend(b.data<float>(), db.data<float>(), rate, p.classes);
  }
};

// All merged that a person would merge: one exponential an element, no matrix of log-probabilities, the division by the
// batch in the rate; and with few classes, a block of x that stays in the cache serves both products.
struct Fused {
  const Problem& p;
  std::int64_t block = p.classes > 32 ? p.batch : std::clamp<std::int64_t>((1 << 16) / p.features, 1, p.batch);
  gt::Tensor w = gt::zeros({p.classes, p.features}), b = gt::zeros({p.classes}), g = gt::empty({block, p.classes}),
             dw = gt::empty_like(w), part = gt::empty_like(w), db = gt::empty_like(b), db_part = gt::empty_like(b);
  double loss = 0;

  void operator()() {
    loss = 0;
    const auto by = static_cast<float>(rate / static_cast<double>(p.batch));
    for (std::int64_t row = 0; row < p.batch; row += block)
      one_block(row, std::min(block, p.batch - row), row ? part : dw, row ? db_part : db);
    descend(w.data<float>(), dw.data<float>(), by, w.numel());
    descend(b.data<float>(), db.data<float>(), by, p.classes);
    loss /= static_cast<double>(p.batch);
  }
  void one_block(std::int64_t first, std::int64_t count, gt::Tensor& into, gt::Tensor& bias_into) {
    const gt::Softmax op;
    const float* x = p.x.data<float>() + first * p.features;
    float* grad = g.data<float>();
    gt::matmul(grad, count, p.classes, p.features, {x, p.features, 1}, {w.data<float>(), 1, p.features},
               b.data<float>());
    gt::kernels_of<gt::Softmax, gt::Rowwise>().loops[0].forward[gt::cpu_level()](&op, {grad, {grad}, count, p.classes});
    loss += minus_labels(grad, p.labels.data<std::int64_t>() + first, count, p.classes);
    gt::matmul(into.data<float>(), p.classes, p.features, count, {grad, 1, p.classes}, {x, p.features, 1});
    bench::sum_rows(bias_into.data<float>(), grad, count, p.classes);
    if (first == 0) return;
    descend(dw.data<float>(), part.data<float>(), -1, dw.numel());
    descend(db.data<float>(), db_part.data<float>(), -1, p.classes);
  }
};

void softmax_step(benchmark::State& state) {
  gt::set_num_threads(1);
  const Problem problem(state.range(0), state.range(1), state.range(2));
  Taped taped{problem}, to_capture{problem};
  Twin twin{problem};
  Fused fused{problem};
  gt::Program captured = gt::capture({{"x", problem.x}, {"labels", problem.labels}},
                                     [&](const gt::Inputs& in) { return to_capture.step(in["x"], in["labels"]); });
  for (int i = 0; i < 3; ++i) taped(), twin(), fused();
  for (int i = 1; i < 3; ++i) captured();
  const double scale = gt::amax(gt::abs(twin.w)).item();
  bench::require(gt::amax(gt::abs(taped.model.weight.detach() - twin.w)).item() <= 1e-6 * scale,
                 "weights after three steps");
  bench::require(gt::amax(gt::abs(to_capture.model.weight.detach() - taped.model.weight.detach())).item() == 0,
                 "weights after three captured steps");
  bench::require(gt::amax(gt::abs(fused.w - twin.w)).item() <= 1e-4 * scale, "weights after three fused steps");
  bench::require(std::abs(fused.loss - twin.loss) <= 1e-5 * twin.loss, "the loss of three fused steps");

  const auto best =
      bench::best_in_turn(state, [&] { taped(); }, [&] { twin(); }, [&] { fused(); }, [&] { captured(); });

  bench::report(state, best);
  const double limit =
      2.0 * static_cast<double>(problem.batch * problem.features * problem.classes) / bench::fma_rate();
  state.counters["twin/fma"] = best[1] / limit;
  state.counters["captured/twin"] = best[3] / best[1];
  state.counters["fused_us"] = best[2] * 1e6;
  state.counters["fused/fma"] = best[2] / limit;
}
BENCHMARK(softmax_step)->Apply(bench::softmax_sizes)->UseManualTime();

}  // namespace
