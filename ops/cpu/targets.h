// One function compiled for each instruction set, and packs read from and written to memory. For loop files.
#pragma once

#include <gradtape/ops/math.h>

#if defined(__clang__)
#define GT_512                                                                                    \
  __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,prfchw"), flatten, noinline, \
                 min_vector_width(512)))
#else
#define GT_512                                                                                                  \
  __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,prfchw,prefer-vector-width=512"), flatten, \
                 noinline))
#endif
#define GT_256 __attribute__((target("avx2,fma"), flatten, noinline))
#define GT_128 __attribute__((flatten, noinline))

namespace gradtape {

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

}  // namespace gradtape
