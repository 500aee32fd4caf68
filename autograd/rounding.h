// The rounding mode of the thread that computes.
#pragma once

#if !defined(__x86_64__)
#include <cfenv>
#endif

namespace gradtape {

// While it lives, this thread rounds to the nearest number, as the formulas of ops assume. The caller's mode comes back
// afterwards; what else the caller has set, such as subnormal numbers that count as 0, holds.
class RoundingToNearest {
 public:
  RoundingToNearest() : before_(mode()) {
    if (before_ != nearest) [[unlikely]]
      set(nearest);
  }
  ~RoundingToNearest() {
    if (before_ != nearest) [[unlikely]]
      set(before_);
  }
  RoundingToNearest(const RoundingToNearest&) = delete;
  RoundingToNearest& operator=(const RoundingToNearest&) = delete;

 private:
#if defined(__x86_64__)
  static constexpr unsigned nearest = 0, mode_bits = 0x6000;
  static unsigned mode() { return __builtin_ia32_stmxcsr() & mode_bits; }
  [[gnu::noinline, gnu::cold]] static void set(unsigned mode) {
    __builtin_ia32_ldmxcsr((__builtin_ia32_stmxcsr() & ~mode_bits) | mode);
  }
  unsigned before_;
#else
  static constexpr int nearest = FE_TONEAREST;
  static int mode() { return std::fegetround(); }
  static void set(int mode) { std::fesetround(mode); }
  int before_;
#endif
};

}  // namespace gradtape
