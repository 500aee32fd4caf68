// 1 over the square root.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Rsqrt {
  static constexpr auto name = "rsqrt";
  static constexpr auto samples = between(0.1, 4);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return Real(1) / sqrt(x);
  }

  template <class Real>
  GT_FN static Real slope_from_output(Real y) {
    return Real(-0.5) * y * y * y;
  }
};

inline Tensor rsqrt(const Tensor& x, Location where = Location::current()) { return pointwise(Rsqrt{}, where, x); }

}  // namespace gradtape
