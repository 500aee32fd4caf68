// One op, forward and backward, over much memory: beside the same two passes by hand, and beside what memory and arithmetic allow.
#include <gradtape/gradtape.h>

#include "support.h"
#include "tests/guest/own_ops/tanh_affine.h"

namespace gt = gradtape;

namespace {

// The twin against bytes at the triad's bandwidth plus elements of arithmetic.
void report_limit(benchmark::State& state, const std::array<double, 2>& best, double bytes, std::size_t working_set, double arithmetic) {
  bench::report(state, best);
  state.counters["twin/limit"] = best[1] / (bytes / bench::triad_rate(working_set) + arithmetic);
}

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

  const auto best = bench::best_in_turn(state, taped, twin);

  // x, y; y, seed, gradient. Both passes take an exponential of each element.
  const auto elements = static_cast<double>(rows * columns);
  report_limit(state, best, 20 * elements, static_cast<std::size_t>(16 * elements), 2 * elements * bench::element_time<gt::Exp>());
}
BENCHMARK(log_softmax)->ArgNames({"rows", "columns"})->Args({1024, 1000})->Args({64, 50000})->UseManualTime();

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
  bench::require(gt::amax(gt::abs(gradients[0] - da)).item() == 0 && gt::amax(gt::abs(gradients[1] - dx)).item() == 0, "the gradient of tanh(a·x + b)");
  const auto by_three_ops =
      gt::jacobian([&](const gt::Tensor& v) { return gt::tanh(v * gt::narrow(x, 0, 0, 8).detach() + gt::narrow(b, 0, 0, 8).detach()); },
                   gt::narrow(a, 0, 0, 8).detach());
  bench::require(gt::amax(gt::abs(gt::matmul(gt::narrow(seed, 0, 0, 8), by_three_ops) - gt::narrow(da, 0, 0, 8))).item() <= 1e-6, "the same by three ops");

  const auto best = bench::best_in_turn(state, taped, twin);

  // a, x, b, y; a, x, b, seed, and three gradients. Both passes take a tanh of each element.
  const auto elements = static_cast<double>(count);
  report_limit(state, best, 44 * elements, static_cast<std::size_t>(32 * elements), 2 * elements * bench::element_time<gt::Tanh>());
}
BENCHMARK(guest_tanh_affine)->ArgName("elements")->Arg(100'000)->Arg(10'000'000)->UseManualTime();

}  // namespace
