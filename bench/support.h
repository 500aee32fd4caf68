// Times that mean something on a noisy machine: rivals take turns, the best of each counts, and the machine's own limits are measured
// in the same run.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <gradtape/ops/cpu/level.h>
#include <gradtape/ops/cpu/targets.h>

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

// Two that take turns until the benchmark ends; the best time of each.
struct Rivals {
  double ours, theirs;
};
template <class A, class B>
Rivals best_of_both(benchmark::State& state, A ours, B theirs) {
  const int repeats = std::max(repeats_for(ours), repeats_for(theirs));
  Rivals best{INFINITY, INFINITY};
  for (auto _ : state) {
    best.theirs = std::min(best.theirs, time_of(theirs, repeats));
    const double now = time_of(ours, repeats);
    best.ours = std::min(best.ours, now);
    state.SetIterationTime(now);
  }
  return best;
}
inline void report(benchmark::State& state, const Rivals& best) {
  state.counters["us"] = best.ours * 1e6;
  state.counters["twin_us"] = best.theirs * 1e6;
  state.counters["ratio"] = best.ours / best.theirs;
}

inline void require(bool good, const std::string& what) {
  if (!good) throw std::runtime_error("not equal, so not timed: " + what);
}

template <class V>
GT_FN double fma_loop(long count) {
  using P = gradtape::Pack<V>;
  V sum[12];
  GT_UNROLL for (int i = 0; i < 12; ++i) sum[i] = V{} + float(i);
  const V a = V{} + 0.5f, b = V{} + 0.25f;
  for (long i = 0; i < count; ++i) GT_UNROLL for (int k = 0; k < 12; ++k) sum[k] = fma(P(sum[k]), P(a), P(b)).v;
  double total = 0;
  GT_UNROLL for (int i = 0; i < 12; ++i) total += sum[i][0];
  return total;
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

}  // namespace bench
