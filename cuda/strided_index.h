// The places of elements in several arrays that are met together: laid out on the host, reckoned in kernels.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace gradtape::cuda {

// Places in up to 8 dimensions, row-major, with a stride (in elements) for each of N arrays, where all numbers are
// below 2³¹. An index is divided by a size as a product with its reciprocal (Granlund and Montgomery 1994).
template <int N>
struct Places {
  struct Dimension {
    std::uint32_t size, factor, shift;
    std::int32_t strides[N];

    constexpr std::uint32_t quotient(std::uint32_t i) const {
      return static_cast<std::uint32_t>(std::uint64_t(i) * factor >> 32) >> shift;
    }
  };
  int rank;
  Dimension dimensions[8];

  // Where element i lies in each array.
  constexpr void find(std::uint32_t i, std::int32_t (&at)[N]) const {
    for (int k = 0; k < N; ++k) at[k] = 0;
#if defined(__CUDACC__)
#pragma unroll 1
#endif
    for (int d = rank - 1; d > 0; --d) {
      const std::uint32_t outer = dimensions[d].quotient(i), index = i - outer * dimensions[d].size;
      for (int k = 0; k < N; ++k) at[k] += static_cast<std::int32_t>(index) * dimensions[d].strides[k];
      i = outer;
    }
    for (int k = 0; k < N; ++k) at[k] += static_cast<std::int32_t>(i) * dimensions[0].strides[k];
  }

  std::uint32_t count() const {
    std::uint32_t all = 1;
    for (int d = 0; d < rank; ++d) all *= dimensions[d].size;
    return all;
  }
  // Do elements i to i + n lie in one row of the last dimension, for each i that is a multiple of n?
  bool rows_hold(int n) const { return rank == 1 || (rank > 1 && dimensions[rank - 1].size % n == 0); }
  // Do they lie side by side in an array, where n elements may be moved at once?
  bool side_by_side(int array, int n, const void* data, std::size_t element_bytes) const {
    bool whole = reinterpret_cast<std::uintptr_t>(data) % (static_cast<std::size_t>(n) * element_bytes) == 0 &&
                 dimensions[rank - 1].strides[array] == 1;
    for (int d = 0; d < rank - 1; ++d) whole &= dimensions[d].strides[array] % n == 0;
    return whole;
  }
  // Or in one place?
  bool repeated(int array) const { return dimensions[rank - 1].strides[array] == 0; }
};

// Row-major over up to 8 dimensions, with a stride (in elements) for each of N arrays; neighbouring dimensions are
// merged.
template <int N>
struct StridedIndex {
  int rank = 0;
  std::int64_t sizes[8];
  std::int64_t strides[N][8];

  // Adds a dimension inside the others.
  void add(std::int64_t size, const std::int64_t (&steps)[N]) {
    if (size == 1) return;
    bool merged = rank > 0;
    for (int k = 0; k < N && merged; ++k) merged = strides[k][rank - 1] == size * steps[k];
    const int d = merged ? rank - 1 : rank++;
    sizes[d] = merged ? sizes[d] * size : size;
    for (int k = 0; k < N; ++k) strides[k][d] = steps[k];
  }
  std::int64_t count() const {
    std::int64_t all = 1;
    for (int d = 0; d < rank; ++d) all *= sizes[d];
    return all;
  }
  bool dense(int array) const { return rank == 0 || (rank == 1 && strides[array][0] == 1); }

  // Calls each(places, begin, at) for parts in order, in each of which no number is above `most`: places from the
  // part's first element on, which is element `begin` of all and lies at at[k] in array k.
  template <class Each>
  void each_part(Each each, std::int64_t most = INT32_MAX) const {
    std::int64_t inner = 1, reach[N] = {}, at[N] = {}, begin = 0;
    int cut = rank - 1;  // dimensions behind it go into one part
    for (; cut >= 0 && sizes[cut] <= so_many_fit(cut, inner, reach, most); --cut) {
      for (int k = 0; k < N; ++k) reach[k] += (sizes[cut] - 1) * size_of_step(k, cut);
      inner *= sizes[cut];
    }
    if (cut < 0) return each(places_from(0), begin, at);

    const std::int64_t fit = so_many_fit(cut, inner, reach, most), step = fit > 16 ? fit / 16 * 16 : fit;  // aligned
    Places<N> part = places_from(cut);
    std::int64_t outside = 1;
    for (int d = 0; d < cut; ++d) outside *= sizes[d];
    for (std::int64_t o = 0; o < outside; ++o)
      for (std::int64_t i = 0; i < sizes[cut]; i += step) {
        for (int k = 0; k < N; ++k) at[k] = i * strides[k][cut];
        std::int64_t rest = o;
        for (int d = cut - 1; d >= 0; rest /= sizes[d--])
          for (int k = 0; k < N; ++k) at[k] += rest % sizes[d] * strides[k][d];
        const std::int64_t size = step < sizes[cut] - i ? step : sizes[cut] - i;
        part.dimensions[0].size = static_cast<std::uint32_t>(size);
        each(part, begin, at);
        begin += size * inner;
      }
  }

 private:
  std::int64_t size_of_step(int k, int d) const { return strides[k][d] < 0 ? -strides[k][d] : strides[k][d]; }
  // Of dimension d, where the part of one has `inner` elements and reaches so far in each array; at least one.
  std::int64_t so_many_fit(int d, std::int64_t inner, const std::int64_t (&reach)[N], std::int64_t most) const {
    std::int64_t fit = most / inner;
    for (int k = 0; k < N; ++k)
      if (const std::int64_t step = size_of_step(k, d); step > 0 && (most - reach[k]) / step + 1 < fit)
        fit = (most - reach[k]) / step + 1;
    return fit;
  }
  Places<N> places_from(int first) const {
    Places<N> places;
    places.rank = rank - first;
    places.dimensions[0] = {1, 0, 0, {}};
    for (int d = 0; d < places.rank; ++d) {
      auto& dimension = places.dimensions[d];
      const std::int64_t size = sizes[first + d];
      dimension.size = static_cast<std::uint32_t>(size);
      for (int k = 0; k < N; ++k) dimension.strides[k] = static_cast<std::int32_t>(strides[k][first + d]);
      if (d == 0) continue;  // is never divided by
      const int bits = std::bit_width(static_cast<std::uint64_t>(size) - 1);  // size ≤ 2ᵇⁱᵗˢ
      dimension.factor = static_cast<std::uint32_t>(((std::int64_t(1) << (31 + bits)) + size - 1) / size);
      dimension.shift = static_cast<std::uint32_t>(bits) - 1;
    }
    return places;
  }
};

}  // namespace gradtape::cuda
