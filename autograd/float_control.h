// How a thread computes with floating numbers: its rounding mode, whether it flushes what is tiny to zero, which faults
// trap.
#pragma once

#include <cstdint>

namespace gradtape {

class FloatControl {
 public:
  // What holds on the calling thread. Which faults were seen is no part of it.
  static FloatControl of_this_thread() { return FloatControl(read() & ~seen_faults); }
  // From now on it holds on the calling thread.
  void use() const { write(bits_ | (read() & seen_faults)); }

  bool rounds_to_nearest() const { return (bits_ & rounding) == 0; }
  FloatControl rounding_to_nearest() const { return FloatControl(bits_ & ~rounding); }

 private:
  explicit FloatControl(std::uint32_t bits) : bits_(bits) {}
#if defined(__x86_64__)
  static constexpr std::uint32_t seen_faults = 0x3f, rounding = 0x6000;
  static std::uint32_t read() { return __builtin_ia32_stmxcsr(); }
  static void write(std::uint32_t bits) { __builtin_ia32_ldmxcsr(bits); }
#else
  static constexpr std::uint32_t seen_faults = 0, rounding = 0;
  static std::uint32_t read() { return 0; }
  static void write(std::uint32_t) {}
#endif

  std::uint32_t bits_;
};

// Does this thread round to the nearest number?
inline bool rounds_to_nearest() { return FloatControl::of_this_thread().rounds_to_nearest(); }

// While it lives, this thread rounds to the nearest number, as the formulas of ops assume. The caller's mode comes back
// afterwards; what else the caller has set, such as subnormal numbers that count as 0, holds.
class RoundingToNearest {
 public:
  RoundingToNearest() : before_(FloatControl::of_this_thread()) {
    if (!before_.rounds_to_nearest()) [[unlikely]]
      before_.rounding_to_nearest().use();
  }
  ~RoundingToNearest() {
    if (!before_.rounds_to_nearest()) [[unlikely]]
      before_.use();
  }
  RoundingToNearest(const RoundingToNearest&) = delete;
  RoundingToNearest& operator=(const RoundingToNearest&) = delete;

 private:
  FloatControl before_;
};

}  // namespace gradtape
