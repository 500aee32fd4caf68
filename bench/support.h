// Times that mean something on a noisy machine: rivals take turns, the best of each counts, and the machine's own
// limits are measured in the same run.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <gradtape/ops/cpu/level.h>
#include <gradtape/ops/cpu/targets.h>
#include <gradtape/ops/pointwise.h>

namespace bench {

inline double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// One run's time, as the mean over so many runs that the clock can tell.
template <class F>
double time_of(F& run, int repeats) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < repeats; ++i) run();
  return seconds_since(start) / repeats;
}
template <class F>
int repeats_for(F& run) {
  run();
  const double once = time_of(run, 1);
  return std::clamp(static_cast<int>(2e-4 / std::max(once, 1e-9)), 1, 10000);
}

// The best time of each, taking turns until the benchmark ends: ours, its twin, and others.
template <class... Runs>
std::array<double, sizeof...(Runs)> best_in_turn(benchmark::State& state, Runs... runs) {
  const int repeats = std::max({repeats_for(runs)...});
  std::array<double, sizeof...(Runs)> best;
  best.fill(INFINITY);
  for (auto _ : state) {
    const std::array now{time_of(runs, repeats)...};
    for (std::size_t i = 0; i < now.size(); ++i) best[i] = std::min(best[i], now[i]);
    state.SetIterationTime(now[0]);
  }
  return best;
}
template <std::size_t Count>
void report(benchmark::State& state, const std::array<double, Count>& best) {
  state.counters["us"] = best[0] * 1e6;
  state.counters["twin_us"] = best[1] * 1e6;
  state.counters["ratio"] = best[0] / best[1];
}

// A loop by hand, compiled for each instruction set as the library's are.
#if defined(__x86_64__)
#define BENCH_BY_HAND __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define BENCH_BY_HAND
#endif

// The gradient of a bias: rows [count, columns] added up.
BENCH_BY_HAND inline void sum_rows(float* sums, const float* rows, std::int64_t count, std::int64_t columns) {
  std::fill_n(sums, columns, 0.f);
  for (std::int64_t i = 0; i < count; ++i)
    for (std::int64_t c = 0; c < columns; ++c) sums[c] += rows[i * columns + c];
}

inline void require(bool good, const std::string& what) {
  if (!good) throw std::runtime_error("not equal, so not timed: " + what);
}

template <class V>
GT_FN double fma_loop(long count) {
  using P = gradtape::Pack<V>;
  V sum[12];
  GT_UNROLL
  for (int i = 0; i < 12; ++i) sum[i] = V{} + float(i);
  const V a = V{} + 0.5f, b = V{} + 0.25f;
  for (long i = 0; i < count; ++i) GT_UNROLL
  for (int k = 0; k < 12; ++k) sum[k] = fma(P(sum[k]), P(a), P(b)).v;
  benchmark::DoNotOptimize(sum);
  return sum[0][0];
}
GT_512 inline double fma_512(long count) { return fma_loop<gradtape::Vec<float, 16>>(count); }
GT_256 inline double fma_256(long count) { return fma_loop<gradtape::Vec<float, 8>>(count); }
GT_128 inline double fma_128(long count) { return fma_loop<gradtape::Vec<float, 4>>(count); }

// Fused multiply-adds of float32 a second that one core can do.
inline double fma_rate() {
  constexpr long count = 200000;
  const int level = gradtape::cpu_level();
  double best = 0;
  for (int i = 0; i < 40; ++i) {
    const auto start = std::chrono::steady_clock::now();
    benchmark::DoNotOptimize(level == 2 ? fma_512(count) : level == 1 ? fma_256(count) : fma_128(count));
    best = std::max(best, 12.0 * count * (level == 2 ? 16 : level == 1 ? 8 : 4) / seconds_since(start));
  }
  return best;
}

// Bytes a second of a = b + s·c over arrays of so many bytes together: the bandwidth at that working set.
inline double triad_rate(std::size_t working_set) {
  using Pack = gradtape::Vec<float, 16>;
  const std::size_t packs = std::max<std::size_t>(working_set / 3 / sizeof(Pack), 16);
  std::vector<Pack> a(packs, Pack{} + 1.f), b(packs, Pack{} + 2.f), c(packs, Pack{} + 3.f);
  const int repeats = static_cast<int>(std::clamp<std::size_t>((std::size_t(1) << 24) / working_set, 1, 10000));
  double best = 0;
  for (int i = 0; i < 12; ++i) {
    const auto start = std::chrono::steady_clock::now();
    for (int r = 0; r < repeats; ++r) {
      for (std::size_t k = 0; k < packs; ++k) a[k] = b[k] + 0.5f * c[k];
      benchmark::ClobberMemory();
    }
    best = std::max(best, static_cast<double>(3 * packs * sizeof(Pack)) * repeats / seconds_since(start));
  }
  return best;
}

// Seconds an element that a pointwise op's own loop takes when memory costs nothing.
template <class Op>
double element_time() {
  constexpr std::int64_t count = 2048;
  alignas(64) static float x[count], y[count];
  for (std::int64_t i = 0; i < count; ++i) x[i] = -4 + 8 * static_cast<float>(i) / count;
  const Op op;
  const gradtape::Loop loop{.out = {y}, .in = {x}, .y = nullptr, .gradient = nullptr, .step = {1}, .count = count};
  const auto run = gradtape::kernels_of<Op, gradtape::Pointwise>().loops[0].forward[gradtape::cpu_level()];
  double best = INFINITY;
  for (int i = 0; i < 200; ++i) {
    const auto start = std::chrono::steady_clock::now();
    for (int r = 0; r < 20; ++r) run(&op, loop);
    best = std::min(best, seconds_since(start) / (20 * count));
  }
  return best;
}

// The sizes of softmax regression in the README's table.
inline void softmax_sizes(benchmark::internal::Benchmark* of) {
  of->ArgNames({"batch", "features", "classes"});
  for (const std::vector<std::int64_t>& sizes : std::initializer_list<std::vector<std::int64_t>>{
           {64, 64, 10}, {128, 784, 10}, {1024, 784, 10}, {256, 3072, 100}, {64, 8192, 1000}, {60000, 784, 10}})
    of->Args(sizes);
}

}  // namespace bench
