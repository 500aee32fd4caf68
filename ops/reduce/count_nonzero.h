// How many elements are not 0, over some dimensions: int64, and NaN is not 0. No gradient flows.
#pragma once

#include <gradtape/ops/reduce.h>

namespace gradtape {

struct CountNonzero {
  static constexpr auto name = "count_nonzero";
  static constexpr auto samples = between(-2, 2);
  static constexpr bool integers = true, in_parts = true;
  static constexpr auto gives = DType::int64;

  template <class Row>
  GT_FN static auto forward(const Row& x) {
    return x.total([](auto v) GT_INLINE { return where(v != decltype(v)(0), decltype(v)(1), decltype(v)(0)); });
  }
};

inline Tensor count_nonzero(const Tensor& x, Axes dims = {}, bool keepdim = false, Location at = Location::current()) {
  constexpr std::int64_t most = 1 << 24;  // that floats tell apart
  const Tensor told_apart = is_floating(x.dtype()) && x.numel() > most ? x.detach().to(DType::float64) : x;
  return reduce(CountNonzero{}, told_apart, dims, keepdim, at);
}

}  // namespace gradtape
