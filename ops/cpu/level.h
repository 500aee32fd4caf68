// The instruction set in use.
#pragma once

namespace gradtape {

// Asks the machine once.
int find_cpu_level();

extern constinit int known_cpu_level;  // -1 before it was asked

// 0 baseline, 1 AVX2, 2 AVX-512: what the machine has, lowered by GT_CPU=baseline|avx2|avx512.
inline int cpu_level() {
  const int level = __atomic_load_n(&known_cpu_level, __ATOMIC_RELAXED);
  return level >= 0 ? level : find_cpu_level();
}

}  // namespace gradtape
