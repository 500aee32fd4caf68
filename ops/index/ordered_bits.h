// Numbers as unsigned integers in the same order, for what sorts by digits.
#pragma once

#include <gradtape/autograd/half.h>
#include <gradtape/ops/vocabulary.h>

namespace gradtape {

// -0 and 0 are equal, and so are all NaN, which are above all numbers.
GT_FN std::uint32_t ordered_bits(float x) {
  if (x != x) return ~std::uint32_t(0);
  const auto bits = __builtin_bit_cast(std::uint32_t, x + 0.f);  // 0 for -0
  return bits ^ (bits >> 31 ? ~std::uint32_t(0) : std::uint32_t(1) << 31);
}
GT_FN std::uint64_t ordered_bits(double x) {
  if (x != x) return ~std::uint64_t(0);
  const auto bits = __builtin_bit_cast(std::uint64_t, x + 0.0);
  return bits ^ (bits >> 63 ? ~std::uint64_t(0) : std::uint64_t(1) << 63);
}
GT_FN std::uint64_t ordered_bits(std::int64_t x) { return static_cast<std::uint64_t>(x) ^ std::uint64_t(1) << 63; }
GT_FN std::uint32_t ordered_bits(std::int32_t x) { return static_cast<std::uint32_t>(x) ^ std::uint32_t(1) << 31; }
GT_FN std::uint32_t ordered_bits(std::uint8_t x) { return x; }
GT_FN std::uint32_t ordered_bits(bool x) { return x; }
template <class T>
  requires is_half_type<T>
GT_FN std::uint32_t ordered_bits(T x) {
  return ordered_bits(static_cast<float>(x));
}

template <class T>
using OrderedBits = decltype(ordered_bits(T()));

}  // namespace gradtape
