// The sum over some dimensions, with compensated rounding.
#pragma once

#include <gradtape/ops/reduce.h>
#include <gradtape/ops/view/expand.h>

namespace gradtape {

struct Sum {
  static constexpr auto name = "sum";
  static constexpr auto samples = between(-2, 2);
  static constexpr bool integers = true, in_parts = true;

  template <class Row>
  GT_FN static auto forward(const Row& x) {
    return x.total([](auto v) GT_INLINE { return v; });
  }
  static Tensor gradient(const Tensor& gradient, const Shape& shape) { return expand(gradient, shape); }
};

inline Tensor sum(const Tensor& x, Axes dims = {}, bool keepdim = false, Location at = Location::current()) {
  return reduce(Sum{}, x, dims, keepdim, at);
}
// Of x converted to a type first.
inline Tensor sum(const Tensor& x, Axes dims, bool keepdim, DType dtype, Location at = Location::current()) {
  return reduce(Sum{}, x.to(dtype, at), dims, keepdim, at);
}

}  // namespace gradtape
