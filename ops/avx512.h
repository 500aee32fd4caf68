// What AVX-512 does in one instruction, asked for by name where the compiler is GCC. Of vectors it has no type for the
// mask registers, and takes 512-bit comparisons that are joined or kept apart, lane by lane (GCC 12); extremes it makes
// of such comparisons, and a conversion to doubles of two halves.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include <gradtape/ops/vocabulary.h>

namespace gradtape {

enum class Order { equal = 0x00, not_equal = 0x04, less = 0x11, less_equal = 0x12 };  // as the instruction counts them

template <int Lanes>
using MaskRegister = std::conditional_t<Lanes == 16, std::uint16_t, std::uint8_t>;

#if defined(__x86_64__) && defined(GT_OPTIMIZED) && !defined(__clang__) && !defined(__CUDACC__)
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl")  // it declares the built-in functions
#pragma GCC pop_options
template <class V>
constexpr bool has_mask_register = sizeof(V) == 64;

template <Order Is, class V>
GT_FN auto compared(V a, V b) {
  constexpr int rounding_as_it_is = 4;
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
// a where it is larger (smaller), else b.
template <class V>
GT_FN V larger(V a, V b) {
  constexpr int exceptions_as_they_are = 4;
  if constexpr (sizeof(a[0]) == 4) return __builtin_ia32_maxps512_mask(a, b, V{}, 0xffff, exceptions_as_they_are);
  else return __builtin_ia32_maxpd512_mask(a, b, V{}, 0xff, exceptions_as_they_are);
}
template <class V>
GT_FN V smaller(V a, V b) {
  constexpr int exceptions_as_they_are = 4;
  if constexpr (sizeof(a[0]) == 4) return __builtin_ia32_minps512_mask(a, b, V{}, 0xffff, exceptions_as_they_are);
  else return __builtin_ia32_minpd512_mask(a, b, V{}, 0xff, exceptions_as_they_are);
}
// Each number as another type.
template <class To, class V>
GT_FN To converted(V x) {
  constexpr int rounding_as_it_is = 4;
  using From = std::remove_cvref_t<decltype(x[0])>;
  using Number = std::remove_cvref_t<decltype(std::declval<To>()[0])>;
  if constexpr (sizeof(To) == 64 && std::is_same_v<From, float> && std::is_same_v<Number, double>)
    return __builtin_ia32_cvtps2pd512_mask(x, To{}, 0xff, rounding_as_it_is);
  else if constexpr (sizeof(V) == 64 && std::is_same_v<From, double> && std::is_same_v<Number, float>)
    return __builtin_ia32_cvtpd2ps512_mask(x, To{}, 0xff, rounding_as_it_is);
  else return __builtin_convertvector(x, To);
}
#else
template <class V>
constexpr bool has_mask_register = false;
template <class To, class V>
GT_FN To converted(V x) {
  return __builtin_convertvector(x, To);
}
#endif

}  // namespace gradtape
