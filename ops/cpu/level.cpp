#include <gradtape/ops/cpu/level.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace gradtape {

int cpu_level() {
  static const int level = [] {
#if defined(__x86_64__)
    __builtin_cpu_init();
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
    const int best = avx512 ? 2 : avx2 ? 1 : 0;
#else
    const int best = 0;
#endif
    const char* wish = std::getenv("GT_CPU");
    if (!wish) return best;
    return std::min(best, std::string_view(wish) == "baseline" ? 0 : std::string_view(wish) == "avx2" ? 1 : 2);
  }();
  return level;
}

}  // namespace gradtape
