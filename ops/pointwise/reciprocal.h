// 1 over x.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Reciprocal {
  static constexpr auto name = "reciprocal";
  static constexpr auto samples = between(0.5, 4);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return Real(1) / x;
  }

  template <class Real>
  GT_FN static Real slope_from_output(Real y) {
    return -y * y;
  }
};

inline Tensor reciprocal(const Tensor& x, Location at = Location::current()) { return pointwise(Reciprocal{}, at, x); }

}  // namespace gradtape
