// How kernels that are compiled at run time read and write elements: as many a thread as 128 bits hold. Those for whom
// `left` leaves no room are not touched. Internal to cuda/.
#pragma once

#include <cstdint>

namespace gradtape::cuda {

template <class T, int count>
struct alignas(sizeof(T) * count < 16 ? sizeof(T) * count : 16) Elements {
  T at[count];
};

template <int count, class T>
__device__ Elements<T, count> load(const T* from, std::int64_t i, std::int64_t left) {
  if (left >= count) return *reinterpret_cast<const Elements<T, count>*>(from + i);
  Elements<T, count> some{};
#pragma unroll
  for (int l = 0; l < count; ++l)
    if (l < left) some.at[l] = from[i + l];
  return some;
}

template <int count, class T>
__device__ Elements<T, count> repeat(T one) {
  Elements<T, count> all;
#pragma unroll
  for (int l = 0; l < count; ++l) all.at[l] = one;
  return all;
}

// Of an array of `period` elements that goes on again and again.
template <int count, class Index, class T>
__device__ Elements<T, count> load_cycled(const T* from, Index period, std::int64_t i, std::int64_t left) {
  Index at = Index(i) % period;
  if (period % count == 0 && reinterpret_cast<std::uint64_t>(from) % 16 == 0) return load<count>(from, at, left);
  Elements<T, count> some{};
#pragma unroll
  for (int l = 0; l < count; ++l) {
    if (l < left) some.at[l] = from[at];
    at = at + 1 == period ? 0 : at + 1;
  }
  return some;
}

// Of an array whose elements stay for `length` places each.
template <int count, class Index, class T>
__device__ Elements<T, count> load_stretched(const T* from, Index length, std::int64_t i, std::int64_t left) {
  Index at = Index(i) / length, stayed = Index(i) % length;
  Elements<T, count> some{};
#pragma unroll
  for (int l = 0; l < count; ++l) {
    if (l < left) some.at[l] = from[at];
    const bool next = ++stayed == length;
    at += next;
    stayed = next ? 0 : stayed;
  }
  return some;
}

template <int count, class T>
__device__ void store(T* to, std::int64_t i, std::int64_t left, const Elements<T, count>& results) {
  if (left >= count) {
    *reinterpret_cast<Elements<T, count>*>(to + i) = results;
    return;
  }
#pragma unroll
  for (int l = 0; l < count; ++l)
    if (l < left) to[i + l] = results.at[l];
}

}  // namespace gradtape::cuda
