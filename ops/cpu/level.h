// The instruction set in use.
#pragma once

namespace gradtape {

// 0 baseline, 1 AVX2, 2 AVX-512: what the machine has, lowered by GT_CPU=baseline|avx2|avx512.
int cpu_level();

}  // namespace gradtape
