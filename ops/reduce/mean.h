// The mean over some dimensions; the mean of nothing is NaN.
#pragma once

#include <gradtape/ops/pointwise/divide.h>
#include <gradtape/ops/reduce.h>
#include <gradtape/ops/view/expand.h>

namespace gradtape {

struct Mean {
  static constexpr auto name = "mean";
  static constexpr auto samples = between(-2, 2);
  static constexpr bool in_parts = true;

  template <class Row>
  GT_FN static auto forward(const Row& x) {
    return x.total([](auto v) GT_INLINE { return v; }) / x.count();
  }
  static Tensor gradient(const Tensor& gradient, const Shape& shape) {
    const auto columns = static_cast<double>(count_of(shape)) / static_cast<double>(gradient.numel());
    return expand(gradient / columns, shape);
  }
};

inline Tensor mean(const Tensor& x, Axes dims = {}, bool keepdim = false, Location at = Location::current()) {
  return reduce(Mean{}, x, dims, keepdim, at);
}
// Of x converted to a type first.
inline Tensor mean(const Tensor& x, Axes dims, bool keepdim, DType dtype, Location at = Location::current()) {
  return reduce(Mean{}, x.to(dtype, at), dims, keepdim, at);
}

}  // namespace gradtape
