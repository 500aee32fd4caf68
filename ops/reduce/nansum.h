// The sum over some dimensions of what is not NaN, with compensated rounding.
#pragma once

#include <gradtape/ops/reduce.h>

namespace gradtape {

struct Nansum {
  static constexpr auto name = "nansum";
  static constexpr auto samples = between(-2, 2);
  static constexpr bool integers = true, in_parts = true;

  template <class Row>
  GT_FN static auto forward(const Row& x) {
    return x.total([](auto v) GT_INLINE { return where(v == v, v, decltype(v)(0)); });
  }
  template <class Row, class Value>
  GT_FN static void backward(const Row& x, Value, Value gradient, Row& dx) {
    dx.assign([=](auto v) GT_INLINE { return where(v == v, decltype(v)(gradient), decltype(v)(0)); }, x);
  }
};

inline Tensor nansum(const Tensor& x, Axes dims = {}, bool keepdim = false, Location at = Location::current()) {
  return reduce(Nansum{}, x, dims, keepdim, at);
}
// Of x converted to a type first.
inline Tensor nansum(const Tensor& x, Axes dims, bool keepdim, DType dtype, Location at = Location::current()) {
  return reduce(Nansum{}, x.to(dtype, at), dims, keepdim, at);
}

}  // namespace gradtape
