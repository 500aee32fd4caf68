// Second derivatives by the tape beside those that a person derives: a Hessian, and products of Hessians with vectors.
#include <gradtape/gradtape.h>
#include <gradtape/ops/cpu/matmul.h>
#include <gradtape/ops/rowwise.h>

#include "support.h"

namespace gt = gradtape;

namespace {

double largest_gap(const gt::Tensor& a, const gt::Tensor& b) { return gt::amax(gt::abs(a - b)).item(); }

// p(1 - p) / examples for each example, p = σ(x·w).
BENCH_BY_HAND void curvature(double* z, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) z[i] = z[i] * (1 - z[i]) / static_cast<double>(count);
}
BENCH_BY_HAND void scale_rows(double* to, const double* x, const double* by, std::int64_t rows, std::int64_t columns) {
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) to[i * columns + j] = x[i * columns + j] * by[i];
}

// The mean cross-entropy of labels 0 and 1 by one weight a feature; by hand Xᵀ diag(p(1 - p)) X / examples.
void logistic_hessian(benchmark::State& state) {
  gt::set_num_threads(1);
  const std::int64_t examples = state.range(0), features = state.range(1);
  gt::Generator numbers(1);
  const auto x = gt::randn({examples, features}, numbers, {.dtype = gt::float64}),
             w = gt::randn({features}, numbers, {.dtype = gt::float64}),
             labels = gt::randint(0, 2, {examples}, numbers).to(gt::float64);
  gt::Tensor hessian;
  auto taped = [&] {
    hessian = gt::hessian(
        [&](const gt::Tensor& w) {
          const gt::Tensor z = gt::matmul(x, w);
          return gt::mean(gt::softplus(z) - labels * z);
        },
        w);
  };
  const auto p = gt::empty({examples}, {.dtype = gt::float64}), scaled = gt::empty_like(x),
             by_hand = gt::empty({features, features}, {.dtype = gt::float64});
  auto twin = [&] {
    const gt::Sigmoid op;
    double *at = p.data<double>(), *product = scaled.data<double>();
    const double* from = x.data<double>();
    gt::matmul(at, examples, 1, features, {from, features, 1}, {w.data<double>(), 1, 1});
    const gt::Loop loop{.out = {at}, .in = {at}, .y = nullptr, .gradient = nullptr, .step = {1}, .count = examples};
    gt::kernels_of<gt::Sigmoid, gt::Pointwise>().loops[1].forward[gt::cpu_level()](&op, loop);
    curvature(at, examples);
    scale_rows(product, from, at, examples, features);
    gt::matmul(by_hand.data<double>(), features, features, examples, {product, 1, features}, {from, features, 1});
  };
  taped(), twin();
  bench::require(largest_gap(hessian, by_hand) <= 1e-12, "the Hessian of logistic regression");

  bench::report(state, bench::best_in_turn(state, taped, twin));
}
BENCHMARK(logistic_hessian)->ArgNames({"examples", "features"})->Args({1000, 20})->UseManualTime();

// r = p · (u - Σ p · u) / rows along each row: how the gradient by the logits changes as they change by u.
BENCH_BY_HAND void change_of_softmax(float* r, const float* p, const float* u, std::int64_t rows,
                                     std::int64_t columns) {
  for (std::int64_t i = 0; i < rows; ++i, r += columns, p += columns, u += columns) {
    float along = 0;
    for (std::int64_t c = 0; c < columns; ++c) along += p[c] * u[c];
    for (std::int64_t c = 0; c < columns; ++c) r[c] = p[c] * (u[c] - along) / static_cast<float>(rows);
  }
}

// The mean cross-entropy by weights [classes, features]; by hand rᵀ X, where r is how the logits' gradient changes
// along X Vᵀ.
void softmax_hvp(benchmark::State& state) {
  gt::set_num_threads(1);
  const std::int64_t batch = state.range(0), features = state.range(1), classes = state.range(2);
  gt::Generator numbers(1);
  const auto x = gt::rand({batch, features}, numbers), w = 0.1 * gt::randn({classes, features}, numbers),
             v = gt::randn({classes, features}, numbers), labels = gt::randint(0, classes, {batch}, numbers);
  gt::Tensor product;
  auto taped = [&] {
    const gt::Function loss = [&](const std::vector<gt::Tensor>& w) {
      return gt::cross_entropy(gt::linear(x, w[0]), labels);
    };
    product = gt::hvp(loss, {w}, {v})[0];
  };
  const auto p = gt::empty({batch, classes}), u = gt::empty_like(p), r = gt::empty_like(p), by_hand = gt::empty_like(w);
  auto twin = [&] {
    const gt::Softmax op;
    float* at = p.data<float>();
    const float* from = x.data<float>();
    gt::matmul(at, batch, classes, features, {from, features, 1}, {w.data<float>(), 1, features});
    gt::kernels_of<gt::Softmax, gt::Rowwise>().loops[0].forward[gt::cpu_level()](&op, {at, {at}, batch, classes});
    gt::matmul(u.data<float>(), batch, classes, features, {from, features, 1}, {v.data<float>(), 1, features});
    change_of_softmax(r.data<float>(), at, u.data<float>(), batch, classes);
    gt::matmul(by_hand.data<float>(), classes, features, batch, {r.data<float>(), 1, classes}, {from, features, 1});
  };
  taped(), twin();
  bench::require(largest_gap(product, by_hand) <= 1e-6, "the product with the Hessian of softmax regression");

  bench::report(state, bench::best_in_turn(state, taped, twin));
}
BENCHMARK(softmax_hvp)->ArgNames({"batch", "features", "classes"})->Args({128, 784, 10})->UseManualTime();

}  // namespace
