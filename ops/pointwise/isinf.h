// Is x infinite? A bool tensor; no gradient flows. No integer is.
#pragma once

#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/pointwise/equal.h>

namespace gradtape {

struct IsInf {
  static constexpr auto name = "isinf";
  static constexpr auto samples = between(-4, 4);

  template <class Real>
  GT_FN static auto forward(Real x) {
    return abs(x) == Real(__builtin_inf());
  }
};

inline Tensor isinf(const Tensor& x, Location at = Location::current()) { return pointwise(IsInf{}, at, x); }
// Is it the infinity of this sign?
inline Tensor isposinf(const Tensor& x, Location at = Location::current()) {
  return pointwise(Equal{}, at, x, Tensor(__builtin_inf()));
}
inline Tensor isneginf(const Tensor& x, Location at = Location::current()) {
  return pointwise(Equal{}, at, x, Tensor(-__builtin_inf()));
}

}  // namespace gradtape
