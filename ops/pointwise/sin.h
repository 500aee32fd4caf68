// The sine of x radians, right for x of any size.
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

inline Tensor sin(const Tensor& x, Location at = Location::current()) { return pointwise(Sin{}, at, x); }

}  // namespace gradtape
