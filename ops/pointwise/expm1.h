// e to the power x, less 1, with full accuracy near 0.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Expm1 {
  static constexpr auto name = "expm1";
  static constexpr auto samples = between(-4, 4);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return expm1(x);
  }

  template <class Real>
  GT_FN static Real slope(Real x) {
    return exp(x);  // y + 1 would round to 0 where y is -1
  }
};

inline Tensor expm1(const Tensor& x, Location at = Location::current()) { return pointwise(Expm1{}, at, x); }

}  // namespace gradtape
