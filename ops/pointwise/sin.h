// The sine of x radians, right as far as neighbouring x tell quarter turns apart: |x| up to 6·10⁶ in float32, 3·10¹⁵ in float64.
// Beyond, it is some number from -1 to 1.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Sin {
  static constexpr auto name = "sin";
  static constexpr auto samples = between(-4, 4);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return sin(x);
  }

  template <class Real>
  GT_FN static Real slope(Real x) {
    return cos(x);
  }
};

inline Tensor sin(const Tensor& x, Location where = Location::current()) { return pointwise(Sin{}, where, x); }

}  // namespace gradtape
