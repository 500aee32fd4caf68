// The tangent.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Tan {
  static constexpr auto name = "tan";
  static constexpr auto samples = between(-1.2, 1.2);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return sin(x) / cos(x);
  }
  template <class Real>
  GT_FN static Real slope_from_output(Real y) {
    return Real(1) + y * y;
  }
};

inline Tensor tan(const Tensor& x, Location at = Location::current()) { return pointwise(Tan{}, at, x); }

}  // namespace gradtape
