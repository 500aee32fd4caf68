// A step of a network 784-256-128-10 (ReLU, Adam, batch 128), recorded each time, beside the same step by hand with the
// same products.
#include <numeric>

#include <gradtape/gradtape.h>
#include <gradtape/ops/cpu/cross_entropy.h>
#include <gradtape/ops/cpu/matmul.h>
#include <gradtape/ops/update.h>
#include <gradtape/ops/update/adam.h>

#include "support.h"

namespace gt = gradtape;

namespace {

constexpr std::int64_t batch = 128, sizes[4] = {784, 256, 128, 10};
constexpr float rate = 1e-3f;

BENCH_BY_HAND void relu(float* y, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = y[i] > 0 ? y[i] : 0;
}
BENCH_BY_HAND void through_relu(float* g, const float* y, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) g[i] = y[i] > 0 ? g[i] : 0;
}
BENCH_BY_HAND void adam(float* p, const float* d, float* m, float* v, std::int64_t count, float step, float eps) {
  for (std::int64_t i = 0; i < count; ++i) {
    m[i] = 0.9f * m[i] + 0.1f * d[i];
    v[i] = 0.999f * v[i] + 0.001f * d[i] * d[i];
    p[i] -= step * m[i] / (__builtin_sqrtf(v[i]) + eps);
  }
}

struct Layer {
  std::int64_t in, out;
  gt::Tensor w, b, y = gt::empty({batch, out}), g = gt::empty({batch, out}), dw = gt::empty({out, in}),
                   db = gt::empty({out});
  std::vector<gt::Tensor> w_states{gt::zeros({out, in}), gt::zeros({out, in})},
      b_states{gt::zeros({out}), gt::zeros({out})};
};

struct Twin {
  const gt::Tensor &x, &labels;
  std::vector<Layer> layers;
  gt::Tensor totals = gt::empty({2, batch}), losses = gt::empty({batch}), scale = gt::empty({batch}),
             exps = gt::empty({gt::count_of_exps(batch, 10)});
  double loss = 0;
  int steps = 0;

  void operator()() {
    const float* input = x.data<float>();
    for (std::size_t i = 0; i < 3; ++i) {
      Layer& l = layers[i];
      gt::matmul(l.y.data<float>(), batch, l.out, l.in, {input, l.in, 1}, {l.w.data<float>(), 1, l.in},
                 l.b.data<float>());
      if (i < 2) relu(l.y.data<float>(), batch * l.out);
      input = l.y.data<float>();
    }
    float* top = totals.data<float>();
    gt::LabelledRows<float> rows{input,       labels.data<std::int64_t>(), nullptr,           -1, batch, 10, top,
                                 top + batch, losses.data<float>(),        exps.data<float>()};
    gt::cross_entropy_losses(rows, 0, rows.rows);
    loss = std::accumulate(losses.data<float>(), losses.data<float>() + batch, 0.0) / batch;
    rows.each = scale.data<float>();
    const float one = 1;
    gt::cross_entropy_gradient(rows, 0, rows.rows, &one, 0, 1.0f / batch, layers[2].g.data<float>());
    for (int i = 2; i >= 0; --i) back(static_cast<std::size_t>(i));
    ++steps;
    for (Layer& l : layers) {
      descend(l.w, l.dw, l.w_states);
      descend(l.b, l.db, l.b_states);
    }
  }

 private:
  void back(std::size_t i) {
    Layer& l = layers[i];
    const float* input = i ? layers[i - 1].y.data<float>() : x.data<float>();
    const float* g = l.g.data<float>();
    gt::matmul(l.dw.data<float>(), l.out, l.in, batch, {g, 1, l.out}, {input, l.in, 1});
    bench::sum_rows(l.db.data<float>(), g, batch, l.out);
    if (i == 0) return;
    float* below = layers[i - 1].g.data<float>();
    gt::matmul(below, batch, l.in, l.out, {g, l.out, 1}, {l.w.data<float>(), l.in, 1});
    through_relu(below, input, batch * l.in);
  }
  void descend(gt::Tensor& w, const gt::Tensor& g, std::vector<gt::Tensor>& states) {
    const double root = std::sqrt(1 - std::pow(0.999, steps));
    const auto step = static_cast<float>(rate * root / (1 - std::pow(0.9, steps))),
               eps = static_cast<float>(1e-8 * root);
    adam(w.data<float>(), g.data<float>(), states[0].data<float>(), states[1].data<float>(), w.numel(), step, eps);
  }
};

void mlp_step(benchmark::State& state) {
  gt::set_num_threads(1);
  gt::Generator numbers(1);
  const auto x = gt::rand({batch, 784}, numbers), labels = gt::randint(0, 10, {batch}, numbers);
  gt::Sequential net;
  net.add<gt::Linear>(784, 256).add(gt::relu).add<gt::Linear>(256, 128).add(gt::relu).add<gt::Linear>(128, 10);
  const auto parameters = net.parameters();
  gt::Adam optimizer(parameters, {.lr = rate});
  Twin twin{x, labels, {}};
  for (std::size_t i = 0; i < 3; ++i)
    twin.layers.push_back({sizes[i], sizes[i + 1], parameters[2 * i].clone(), parameters[2 * i + 1].clone()});
  auto taped = [&] {
    gt::Tape tape;
    gt::cross_entropy(net(x), labels).backward();
    optimizer.step();
  };
  for (int i = 0; i < 3; ++i) taped(), twin();
  for (std::size_t i = 0; i < 3; ++i)
    bench::require(gt::amax(gt::abs(parameters[2 * i].detach() - twin.layers[i].w)).item() <= 2e-4,
                   "weights after three steps");

  bench::report(state, bench::best_in_turn(state, taped, [&] { twin(); }));
}
BENCHMARK(mlp_step)->UseManualTime();

}  // namespace
