#include <gradtape/ops/cpu/level.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace gradtape {

constinit int known_cpu_level = -1;

int find_cpu_level() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  const int best = avx512 ? 2 : avx2 ? 1 : 0;
#else
  const int best = 0;
#endif
  int level = best;
  if (const char* wish = std::getenv("GT_CPU"))
    level = std::min(best, std::string_view(wish) == "baseline" ? 0 : std::string_view(wish) == "avx2" ? 1 : 2);
  __atomic_store_n(&known_cpu_level, level, __ATOMIC_RELAXED);
  return level;
}

}  // namespace gradtape
