// Is x NaN? A bool tensor; no gradient flows. No integer is.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct IsNan {
  static constexpr auto name = "isnan";
  static constexpr auto samples = between(-4, 4);

  template <class Real>
  GT_FN static auto forward(Real x) {
    return x != x;
  }
};

inline Tensor isnan(const Tensor& x, Location at = Location::current()) { return pointwise(IsNan{}, at, x); }

}  // namespace gradtape
