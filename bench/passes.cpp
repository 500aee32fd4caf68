// One op, forward and backward, over much memory: beside the same two passes by hand, and beside what memory and
// arithmetic allow.
#include <gradtape/gradtape.h>
#include <gradtape/ops/cpu/targets.h>

#include "support.h"
#include "tests/guest/own_ops/tanh_affine.h"

namespace gt = gradtape;

namespace {

// Seconds for bytes at the triad's bandwidth, and apart from them for arithmetic.
double limit_of(double bytes, std::size_t working_set, double arithmetic) {
  return bytes / bench::triad_rate(working_set) + arithmetic;
}

// What log_softmax and its gradient cannot do without, in loops over the same arrays: each number is read and written,
// with an exponential in both passes.
template <class V>
GT_FN void exponentials(const float* x, const float* seed, float* y, float* gradient, std::int64_t count) {
  for (std::int64_t i = 0; i < count; i += gt::Lanes<V>::count) gt::store<V>(y, i, exp(gt::load<V>(x, i)));
  for (std::int64_t i = 0; i < count; i += gt::Lanes<V>::count)
    gt::store<V>(gradient, i, gt::load<V>(seed, i) - exp(gt::load<V>(y, i)));
}
using Exponentials = void (*)(const float*, const float*, float*, float*, std::int64_t);
GT_512 void exponentials_512(const float* x, const float* s, float* y, float* g, std::int64_t count) {
  exponentials<gt::Vec<float, 16>>(x, s, y, g, count);
}
GT_256 void exponentials_256(const float* x, const float* s, float* y, float* g, std::int64_t count) {
  exponentials<gt::Vec<float, 8>>(x, s, y, g, count);
}
GT_128 void exponentials_128(const float* x, const float* s, float* y, float* g, std::int64_t count) {
  exponentials<gt::Vec<float, 4>>(x, s, y, g, count);
}
constexpr Exponentials exponentials_for[3] = {exponentials_128, exponentials_256, exponentials_512};

void log_softmax(benchmark::State& state) {
  gt::set_num_threads(1);
  const std::int64_t rows = state.range(0), columns = state.range(1);
  gt::Generator numbers(1);
  const auto x = gt::randn({rows, columns}, numbers).requires_grad_(), seed = gt::randn({rows, columns}, numbers);
  gt::Tensor gradient;
  auto taped = [&] {
    gt::Tape tape;
    gradient = {};
    gradient = gt::grad(std::vector{gt::log_softmax(x, 1)}, std::vector{x}, {.seeds = {seed}})[0];
  };
  const auto y = gt::empty({rows, columns}), by_hand = gt::empty({rows, columns});
  auto twin = [&] {
    const gt::LogSoftmax op;
    const auto& loops = gt::kernels_of<gt::LogSoftmax, gt::Rowwise>().loops[0];
    loops.forward[gt::cpu_level()](&op, {y.data<float>(), {x.data<float>()}, rows, columns});
    loops.backward[gt::cpu_level()](&op, {by_hand.data<float>(), {y.data<float>(), seed.data<float>()}, rows, columns});
  };
  taped(), twin();
  bench::require(gt::amax(gt::abs(gradient - by_hand)).item() <= 1e-6, "the gradient of log_softmax");

  auto loops = [&] {
    exponentials_for[gt::cpu_level()](x.data<float>(), seed.data<float>(), y.data<float>(), by_hand.data<float>(),
                                      x.numel());
  };

  const auto best = bench::best_in_turn(state, taped, twin, loops);

  bench::report(state, best);
  state.counters["us/loops"] = best[0] / best[2];
  // x, y; y, seed, gradient. Both passes take an exponential of each element.
  const auto elements = static_cast<double>(rows * columns);
  state.counters["us/limit"] = best[0] / limit_of(20 * elements, static_cast<std::size_t>(16 * elements),
                                                  2 * elements * bench::element_time<gt::Exp>());
}
BENCHMARK(log_softmax)->ArgNames({"rows", "columns"})->Args({1024, 1000})->Args({64, 50000})->UseManualTime();

// All numbers, read and added up anyhow.
BENCH_BY_HAND float read_all(const float* x, std::int64_t count) {
  using Pack = gt::Vec<float, 16>;
  Pack sums[4] = {};
  for (std::int64_t i = 0; i < count; i += 64)
    for (int k = 0; k < 4; ++k) {
      Pack next;
      __builtin_memcpy(&next, x + i + 16 * k, sizeof next);
      sums[k] += next;
    }
  const Pack sum = sums[0] + sums[1] + sums[2] + sums[3];
  float total = 0;
  for (int lane = 0; lane < 16; ++lane) total += sum[lane];
  return total;
}

void row_sums(benchmark::State& state) {
  gt::set_num_threads(1);
  const std::int64_t rows = state.range(0), columns = state.range(1);
  gt::Generator numbers(1);
  const auto x = gt::rand({rows, columns}, numbers);
  const auto exact = gt::sum(x.to(gt::float64), {1});
  bench::require(gt::amax(gt::abs(gt::sum(x, {1}).to(gt::float64) - exact)).item() <= 0x1p-15,
                 "sums of rows, in half a last place");
  bench::require(std::abs(read_all(x.data<float>(), x.numel()) / gt::sum(exact).item() - 1) <= 1e-4, "the sum of all");

  const auto best = bench::best_in_turn(
      state, [&] { gt::sum(x, {1}); }, [&] { benchmark::DoNotOptimize(read_all(x.data<float>(), x.numel())); });

  state.counters["us"] = best[0] * 1e6;
  state.counters["us/limit"] = best[0] / best[1];
}
BENCHMARK(row_sums)->ArgNames({"rows", "columns"})->Args({1024, 1000})->UseManualTime();

void guest_tanh_affine(benchmark::State& state) {
  gt::set_num_threads(1);
  const std::int64_t count = state.range(0);
  gt::Generator numbers(1);
  auto draw = [&] { return gt::randn({count}, numbers); };
  const auto a = draw().requires_grad_(), x = draw().requires_grad_(), b = draw().requires_grad_(), seed = draw();
  std::vector<gt::Tensor> gradients;
  auto taped = [&] {
    gt::Tape tape;
    gradients.clear();
    gradients = gt::grad(std::vector{mine::tanh_affine(a, x, b)}, std::vector{a, x, b}, {.seeds = {seed}});
  };
  const auto y = gt::empty({count}), da = gt::empty({count}), dx = gt::empty({count}), db = gt::empty({count});
  auto twin = [&] {
    const mine::TanhAffine op;
    const auto& loops = gt::kernels_of<mine::TanhAffine, gt::Pointwise>().loops[0];
    gt::Loop loop{.out = {y.data<float>()},
                  .in = {a.data<float>(), x.data<float>(), b.data<float>()},
                  .y = y.data<float>(),
                  .gradient = seed.data<float>(),
                  .step = {1, 1, 1},
                  .count = count};
    loops.forward[gt::cpu_level()](&op, loop);
    loop.out[0] = da.data<float>(), loop.out[1] = dx.data<float>(), loop.out[2] = db.data<float>();
    loops.backward[3][gt::cpu_level()](&op, loop);
  };
  taped(), twin();
  bench::require(gt::amax(gt::abs(gradients[0] - da)).item() == 0 && gt::amax(gt::abs(gradients[1] - dx)).item() == 0,
                 "the gradient of tanh(a·x + b)");
  const auto by_three_ops = gt::jacobian(
      [&](const gt::Tensor& v) {
        return gt::tanh(v * gt::narrow(x, 0, 0, 8).detach() + gt::narrow(b, 0, 0, 8).detach());
      },
      gt::narrow(a, 0, 0, 8).detach());
  bench::require(
      gt::amax(gt::abs(gt::matmul(gt::narrow(seed, 0, 0, 8), by_three_ops) - gt::narrow(da, 0, 0, 8))).item() <= 1e-6,
      "the same by three ops");

  const auto best = bench::best_in_turn(state, taped, twin);

  // a, x, b, y; a, x, b, seed, and three gradients. Both passes take a tanh of each element.
  const auto elements = static_cast<double>(count);
  bench::report(state, best);
  state.counters["twin/limit"] = best[1] / limit_of(44 * elements, static_cast<std::size_t>(32 * elements),
                                                    2 * elements * bench::element_time<gt::Tanh>());
}
BENCHMARK(guest_tanh_affine)->ArgName("elements")->Arg(100'000)->Arg(10'000'000)->UseManualTime();

}  // namespace
