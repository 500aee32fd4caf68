// Packs whose lanes change places in registers. For loop files.
#pragma once

#include <utility>

#include <gradtape/ops/cpu/targets.h>

namespace gradtape {

// Calls each(half) for half = Half, Half / 2, … 1, as a constant.
template <int Half, class Each>
GT_FN void for_halves(Each each) {
  if constexpr (Half > 0) {
    each(std::integral_constant<int, Half>());
    for_halves<Half / 2>(each);
  }
}

// With the lanes in blocks of `Half`: even blocks from a, `A` lanes further on; odd blocks from b, `B` lanes before.
template <int Half, int A, int B, class V, std::size_t... L>
GT_FN V mixed(V a, V b, std::index_sequence<L...>) {
  return __builtin_shufflevector(a, b, (int(L) & Half ? int(L + sizeof...(L)) - B : int(L) + A)...);
}
template <int Half, int A, int B, class V>
GT_FN V mixed(V a, V b) {
  return mixed<Half, A, B>(a, b, std::make_index_sequence<Lanes<V>::count>());
}

// As many packs as a pack has lanes, rows to columns: blocks of half the lanes change places, then of a quarter, …
// (Eklundh 1972).
template <class V, std::size_t Count>
GT_FN void transpose(V (&rows)[Count]) {
  constexpr int lanes = Lanes<V>::count;
  static_assert(Count == lanes);
  for_halves<lanes / 2>([&](auto constant) GT_INLINE {
    constexpr int half = decltype(constant)::value;
    GT_UNROLL
    for (int i = 0; i < lanes; ++i) {
      if (i & half) continue;
      const V a = rows[i], b = rows[i + half];
      rows[i] = mixed<half, 0, half>(a, b);
      rows[i + half] = mixed<half, half, 0>(a, b);
    }
  });
}

// Lanes From, From + 1, … of x, as a smaller pack.
template <int From, class V, std::size_t... L>
GT_FN auto lanes_of(V x, std::index_sequence<L...>) {
  return __builtin_shufflevector(x, x, (From + int(L))...);
}

constexpr int reversed_bits(int number, int below) {
  int reversed = 0;
  for (int bit = 1; bit < below; bit *= 2) reversed = 2 * reversed + (number & bit ? 1 : 0);
  return reversed;
}
template <class V, std::size_t... L>
GT_FN V by_reversed_bits(V x, std::index_sequence<L...>) {
  return __builtin_shufflevector(x, x, reversed_bits(int(L), sizeof...(L))...);
}

// The totals of a few packs, lane i that of packs[i]: each step adds the halves of two packs into one, until one pack
// holds them all.
template <class V, int Packs>
GT_FN V totals_of(const V (&packs)[Packs]) {
  constexpr int lanes = Lanes<V>::count;
  static_assert(Packs <= lanes);
  V level[Packs];
  GT_UNROLL
  for (int i = 0; i < Packs; ++i) level[i] = packs[i];
  int left = Packs;
  for_halves<lanes / 2>([&](auto constant) GT_INLINE {
    constexpr int half = decltype(constant)::value;
    GT_UNROLL
    for (int i = 0; i < (left + 1) / 2; ++i) {
      const V a = level[2 * i], b = level[2 * i + 1 < left ? 2 * i + 1 : 2 * i];
      level[i] = mixed<half, 0, 0>(a, b) + mixed<half, half, half>(a, b);
    }
    left = (left + 1) / 2;
  });
  return by_reversed_bits(level[0], std::make_index_sequence<lanes>());
}

}  // namespace gradtape
