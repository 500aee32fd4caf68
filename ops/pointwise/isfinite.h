// Is x neither infinite nor NaN? A bool tensor; no gradient flows. Every integer is.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct IsFinite {
  static constexpr auto name = "isfinite";
  static constexpr auto samples = between(-4, 4);

  template <class Real>
  GT_FN static auto forward(Real x) {
    return abs(x) < Real(__builtin_inf());
  }
};

inline Tensor isfinite(const Tensor& x, Location at = Location::current()) { return pointwise(IsFinite{}, at, x); }

}  // namespace gradtape
