// The places of elements in several arrays that are met together. For .cu files.
#pragma once

#include <cstdint>

namespace gradtape::cuda {

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
  // May places be reckoned in 32 bits?
  bool fits_32_bits() const {
    std::int64_t most = 1, last[N] = {};
    for (int d = 0; d < rank; ++d) {
      most *= sizes[d];
      for (int k = 0; k < N; ++k) last[k] += (sizes[d] - 1) * strides[k][d];
    }
    for (const std::int64_t reach : last) most = most > reach ? most : reach;
    return most < (std::int64_t(1) << 31);
  }
  bool dense(int array) const { return rank == 0 || (rank == 1 && strides[array][0] == 1); }

#if defined(__CUDACC__)
  // Where element i lies in each array. Index: unsigned, where it holds the count.
  template <class Index>
  __device__ void places(Index i, Index (&at)[N]) const {
    for (int k = 0; k < N; ++k) at[k] = 0;
    for (int d = rank - 1; d >= 0; --d) {
      const Index size = static_cast<Index>(sizes[d]), index = i % size;
      i /= size;
      for (int k = 0; k < N; ++k) at[k] += index * static_cast<Index>(strides[k][d]);
    }
  }
#endif
};

}  // namespace gradtape::cuda
