// How a thread computes with floating numbers: whether it flushes what is tiny to zero, and which faults trap.
#pragma once

#include <cstdint>

namespace gradtape {

class FloatControl {
 public:
  // What holds on the calling thread, but for rounding, which is to nearest, and for the faults that were seen.
  static FloatControl of_this_thread() {
    FloatControl control;
#if defined(__x86_64__)
    control.bits_ = __builtin_ia32_stmxcsr() & 0x9fc0u;
#elif defined(__aarch64__)
    asm volatile("mrs %0, fpcr" : "=r"(control.bits_));
    control.bits_ &= ~(std::uint64_t(3) << 22);
#endif
    return control;
  }
  // From now on it holds on the calling thread.
  void use() const {
#if defined(__x86_64__)
    __builtin_ia32_ldmxcsr(static_cast<std::uint32_t>(bits_));
#elif defined(__aarch64__)
    asm volatile("msr fpcr, %0" : : "r"(bits_));
#endif
  }

 private:
  std::uint64_t bits_ = 0;
};

}  // namespace gradtape
