// The mask registers of AVX-512, asked for by name where the compiler is GCC: of vectors it has no type for them, and
// takes 512-bit comparisons that are joined or kept apart, lane by lane (GCC 12). So it does with conversions, and
// makes two instructions of the smaller of two numbers.
#pragma once

#include <cstdint>
#include <type_traits>

#include <gradtape/ops/vocabulary.h>

namespace gradtape {

enum class Order { equal = 0x00, not_equal = 0x04, less = 0x11, less_equal = 0x12 };  // as the instruction counts them

template <int Lanes>
using MaskRegister = std::conditional_t<Lanes == 16, std::uint16_t, std::uint8_t>;

#if defined(__x86_64__) && !defined(__clang__) && !defined(__CUDACC__)
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl")  // it declares the built-in functions
#pragma GCC pop_options
template <class V>
constexpr bool has_mask_register = sizeof(V) == 64;

constexpr int rounding_as_it_is = 4;

template <Order Is, class V>
GT_FN auto compared(V a, V b) {
  if constexpr (sizeof(a[0]) == 4)
    return __builtin_ia32_cmpps512_mask(a, b, static_cast<int>(Is), 0xffff, rounding_as_it_is);
  else return __builtin_ia32_cmppd512_mask(a, b, static_cast<int>(Is), 0xff, rounding_as_it_is);
}
// a where the mask has a 1, else b.
template <class V, class M>
GT_FN V blended(M mask, V a, V b) {
  if constexpr (sizeof(a[0]) == 4) return __builtin_ia32_blendmps_512_mask(b, a, mask);
  else return __builtin_ia32_blendmpd_512_mask(b, a, mask);
}
// 1 in the byte of each lane where the mask has a 1, else 0.
template <class M>
GT_FN auto bytes_in(M mask) {
  typedef char Bytes __attribute__((vector_size(16)));
  return __builtin_ia32_movdquqi128_mask(Bytes{} + 1, Bytes{}, mask);
}
// a where it is smaller (larger), else b.
template <class V>
GT_FN V smaller_of(V a, V b) {
  if constexpr (sizeof(a[0]) == 4) return __builtin_ia32_minps512_mask(a, b, V{}, 0xffff, rounding_as_it_is);
  else return __builtin_ia32_minpd512_mask(a, b, V{}, 0xff, rounding_as_it_is);
}
template <class V>
GT_FN V larger_of(V a, V b) {
  if constexpr (sizeof(a[0]) == 4) return __builtin_ia32_maxps512_mask(a, b, V{}, 0xffff, rounding_as_it_is);
  else return __builtin_ia32_maxpd512_mask(a, b, V{}, 0xff, rounding_as_it_is);
}
// Eight floats as doubles, and back.
template <class Doubles, class Floats>
GT_FN Doubles widened(Floats x) {
  return __builtin_ia32_cvtps2pd512_mask(x, Doubles{}, 0xff, rounding_as_it_is);
}
template <class Floats, class Doubles>
GT_FN Floats narrowed(Doubles x) {
  return __builtin_ia32_cvtpd2ps512_mask(x, Floats{}, 0xff, rounding_as_it_is);
}
#else
template <class V>
constexpr bool has_mask_register = false;
#endif

}  // namespace gradtape
