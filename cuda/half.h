// Floating numbers of 16 bits in kernels: the bits of autograd/half.h, by a device's own instructions. For .cu files.
#pragma once

#include <gradtape/autograd/half.h>

namespace gradtape::cuda {

// A device's conversions have one NaN; the CPU's keep its sign, and on the way to float its digits.
__device__ inline float number_in(Float16 x) {
  float number;
  asm("cvt.f32.f16 %0, %1;" : "=f"(number) : "h"(x.bits));
  const int digits = static_cast<std::int16_t>(x.bits) << 13;
  return number == number ? number : __int_as_float((digits & int(0x807fe000)) | 0x7f800000);
}
__device__ inline float number_in(BFloat16 x) { return x; }

template <class Half>
__device__ Half rounded_to(float number) {
  return Half(number);
}
template <>
__device__ inline Float16 rounded_to<Float16>(float number) {
  Float16 half;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(half.bits) : "f"(number));
  if (number != number) half.bits = static_cast<std::uint16_t>((__float_as_uint(number) >> 16 & 0x8000u) | 0x7e00u);
  return half;
}

}  // namespace gradtape::cuda
