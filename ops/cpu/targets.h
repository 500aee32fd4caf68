// One function compiled for each instruction set, and packs read from and written to memory. For loop files.
#pragma once

#include <gradtape/ops/math.h>

// Functions for instruction sets of x86-64. Where calls are not inlined there are none: all must pass packs alike.
#if defined(__x86_64__) && defined(GT_OPTIMIZED)
#define GT_HAS_TARGETS
#define GT_TARGET(sets) __attribute__((target(sets)))
#else
#define GT_TARGET(sets)
#endif
#if defined(__clang__)
#define GT_512                                                    \
  GT_TARGET("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,prfchw") \
  __attribute__((flatten, noinline, min_vector_width(512)))
#else
#define GT_512                                                                            \
  GT_TARGET("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,prfchw,prefer-vector-width=512") \
  __attribute__((flatten, noinline))
#endif
#define GT_256 GT_TARGET("avx2,fma") __attribute__((flatten, noinline))
#define GT_128 __attribute__((flatten, noinline))

namespace gradtape {

// Loop::run<V> over packs V of numbers S, compiled for an instruction set.
template <class Loop, class S, class... A> GT_512 void run_512(A... a) {
  Loop::template run<Vec<S, 64 / sizeof(S)>>(a...);
}
template <class Loop, class S, class... A> GT_256 void run_256(A... a) {
  Loop::template run<Vec<S, 32 / sizeof(S)>>(a...);
}
template <class Loop, class S, class... A> GT_128 void run_128(A... a) {
  Loop::template run<Vec<S, 16 / sizeof(S)>>(a...);
}
// And for each of them, in the order of cpu_level(): one for all where there are none.
template <class Loop, class S, class... A>
constexpr void set_for_each_target(void (*(&to)[3])(A...)) {
  to[0] = to[1] = to[2] = run_128<Loop, S, A...>;
#if defined(GT_HAS_TARGETS)
  to[1] = run_256<Loop, S, A...>;
  to[2] = run_512<Loop, S, A...>;
#endif
}

// Keeps a pack in a register, where GCC would read it from memory at each use. Clang keeps it by itself, and refuses a
// wide register in a function that is not compiled for one, though it only ever becomes a part of one that is.
template <class V>
GT_FN void in_register([[maybe_unused]] V& pack) {
#if !defined(__clang__)
  asm("" : "+v"(pack));
#endif
}

template <class V>
GT_FN Pack<V> load(const void* from, std::int64_t i) {
  V v;
  __builtin_memcpy(&v, static_cast<const typename Lanes<V>::S*>(from) + i, sizeof v);
  return v;
}
template <class V>
GT_FN void store(void* to, std::int64_t i, Pack<V> x) {
  __builtin_memcpy(static_cast<typename Lanes<V>::S*>(to) + i, &x.v, sizeof x.v);
}
// The first `count` lanes; of those that are not read, 0.
template <class V>
GT_FN Pack<V> load_some(const void* from, std::int64_t i, std::int64_t count) {
  using S = typename Lanes<V>::S;
  S some[Lanes<V>::count] = {};
  __builtin_memcpy(some, static_cast<const S*>(from) + i, static_cast<std::size_t>(count) * sizeof(S));
  return load<V>(some, 0);
}
template <class V>
GT_FN void store_some(void* to, std::int64_t i, Pack<V> x, std::int64_t count) {
  using S = typename Lanes<V>::S;
  __builtin_memcpy(static_cast<S*>(to) + i, &x.v, static_cast<std::size_t>(count) * sizeof(S));
}

}  // namespace gradtape
