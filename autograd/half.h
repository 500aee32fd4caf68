// Floating numbers of 16 bits. They are kept so, and computed with as float.
#pragma once

#include <cstdint>

namespace gradtape {

// IEEE's binary16: 11 significant bits, up to 65504. From float: the nearest, of two as near the even one.
struct Float16 {
  std::uint16_t bits;

  Float16() = default;
  constexpr explicit Float16(float number) : bits(rounded(__builtin_bit_cast(std::uint32_t, number))) {}
  constexpr operator float() const {
    constexpr std::uint32_t largest = 0x1f << 23, shift = 112 << 23;  // exponents, where float has them
    const std::uint32_t magnitude = (bits & 0x7fffu) << 13, exponent = magnitude & largest,
                        sign = (bits & 0x8000u) << 16;
    if (exponent == largest) return __builtin_bit_cast(float, sign | (magnitude + 2 * shift));
    if (exponent != 0) return __builtin_bit_cast(float, sign | (magnitude + shift));
    const float small = __builtin_bit_cast(float, magnitude + shift + (1u << 23)) - 0x1p-14f;
    return sign ? -small : small;
  }

 private:
  static constexpr std::uint16_t rounded(std::uint32_t x) {
    const std::uint32_t sign = x >> 16 & 0x8000u, magnitude = x & 0x7fffffffu;
    std::uint32_t half;
    if (magnitude > 0x7f800000u) half = 0x7e00;         // NaN
    else if (magnitude >= 0x47800000u) half = 0x7c00;   // 65536 and more
    else if (magnitude < 0x38800000u)                   // below 2⁻¹⁴: 0.5 has bits of the same worth
      half = __builtin_bit_cast(std::uint32_t, __builtin_bit_cast(float, magnitude) + 0.5f) - 0x3f000000u;
    else half = (magnitude - (112u << 23) + 0xfffu + (magnitude >> 13 & 1)) >> 13;
    return static_cast<std::uint16_t>(sign | half);
  }
};

// float's upper half: its range, with 8 significant bits.
struct BFloat16 {
  std::uint16_t bits;

  BFloat16() = default;
  constexpr explicit BFloat16(float number) : bits(rounded(__builtin_bit_cast(std::uint32_t, number))) {}
  constexpr operator float() const { return __builtin_bit_cast(float, static_cast<std::uint32_t>(bits) << 16); }

 private:
  static constexpr std::uint16_t rounded(std::uint32_t x) {
    if ((x & 0x7fffffffu) > 0x7f800000u) return 0x7fc0;  // NaN
    return static_cast<std::uint16_t>((x + 0x7fffu + (x >> 16 & 1)) >> 16);
  }
};

template <class T>
inline constexpr bool is_half_type = false;
template <>
inline constexpr bool is_half_type<Float16> = true;
template <>
inline constexpr bool is_half_type<BFloat16> = true;

}  // namespace gradtape
