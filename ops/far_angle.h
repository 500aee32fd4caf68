// Angles of any size, less their whole quarter turns: exact, where a product of floating numbers has no digits left for
// it.
#pragma once

#include <cstdint>

#include <gradtape/ops/vocabulary.h>

namespace gradtape::detail {

// x radians less the nearest whole number of quarter turns, for |x| ≥ 2¹⁷; `quarters` is that number, modulo 4. By
// Payne and Hanek 1983: x is a whole number times a power of two, and of 2/π only the bits matter that give the
// product's last two whole bits and its fraction. In integers, so the bits are the same everywhere.
GT_SLOW_FN double less_quarter_turns(double x, int& quarters) {
  const std::uint32_t two_over_pi[] = {
      0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab, 0xdebbc561,
      0xb7246e3a, 0x424dd2e0, 0x06492eea, 0x09d1921c, 0xfe1deb1c, 0xb129a73e, 0xe88235f5, 0x2ebb4484,
      0xe99c7026, 0xb45f7e41, 0x3991d639, 0x835339f4, 0x9c845f8b, 0xbdf9283b, 0x1ff897ff, 0xde05980f,
      0xef2f118b, 0x5a0a6d1f, 0x6d367ecf, 0x27cb09b7, 0x4f463f66, 0x9e5fea2d, 0x7527bac7, 0xebe5f17b,
      0x3d0739f7, 0x8a5292ea, 0x6bfb5fb1, 0x1f8d5d08, 0x56033046};
  constexpr int words = 7;  // the digits to be seen, those that the worst x makes 0, and the factor's own
  constexpr std::uint64_t quarter_pi = 0xc90fdaa22168c234;  // π/4 · 2⁶⁴

  const auto bits = __builtin_bit_cast(std::uint64_t, x);
  const int exponent = static_cast<int>(bits >> 52 & 0x7ff) - 1075;  // |x| = factor · 2^exponent
  if (exponent > 971) return x - x;  // NaN
  const std::uint64_t factor = (bits & 0xfffffffffffff) | 0x10000000000000;
  const int first = exponent < 2 ? 0 : (exponent - 2) / 32;  // words before this one give multiples of 4
  const int point = 32 * words - (exponent - 32 * first);  // bits of the product that lie behind the binary point

  std::uint32_t product[words + 2] = {};  // lowest first
  for (int half = 0; half < 2; ++half) {
    std::uint64_t carry = 0;
    for (int i = 0; i < words; ++i) {
      carry += (factor >> 32 * half & 0xffffffff) * two_over_pi[first + words - 1 - i] + product[i + half];
      product[i + half] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    product[words + half] = static_cast<std::uint32_t>(carry);
  }
  const auto bits_from = [&](int bit) {
    const std::uint32_t* const from = product + bit / 32;
    const int shift = bit % 32;
    const std::uint64_t low = from[0] | std::uint64_t(from[1]) << 32;
    return low >> shift | std::uint64_t(from[2]) << 1 << (63 - shift);
  };
  const std::uint64_t top = bits_from(point - 62), next = bits_from(point - 126);

  std::uint64_t high = top << 2 | next >> 62, low = next << 2;  // the fraction of a quarter, from -½ to ½
  const bool beyond_half = high >> 63, negative = bits >> 63;
  const int count = static_cast<int>(top >> 62) + beyond_half;
  quarters = (negative ? -count : count) & 3;
  if (beyond_half) {
    high = ~high + (low == 0);
    low = -low;
  }
  int zeros = 0;
  for (; !(high >> 63); ++zeros) {
    high = high << 1 | low >> 63;
    low <<= 1;
  }
  const std::uint64_t a = high >> 32, b = high & 0xffffffff, c = quarter_pi >> 32, d = quarter_pi & 0xffffffff;
  const std::uint64_t middle = a * d + (b * d >> 32),
                      radians = a * c + (middle >> 32) + ((b * c + (middle & 0xffffffff)) >> 32);
  const double size = static_cast<double>(radians) * __builtin_bit_cast(double, std::uint64_t(1023 - 63 - zeros) << 52);
  return negative != beyond_half ? -size : size;
}

}  // namespace gradtape::detail
