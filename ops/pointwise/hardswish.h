// x · hardsigmoid(x) (Howard et al. 2019): 0 up to -3 with slope 0, x from 3 on with slope 1.
#pragma once

#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/pointwise/hardsigmoid.h>

namespace gradtape {

struct Hardswish {
  static constexpr auto name = "hardswish";
  static constexpr auto samples = between(-5, 5);

  // Below -3 all is 0, and no infinity may meet it.
  template <class Real>
  GT_FN static Real forward(Real x) {
    return max(x, Real(-3)) * Hardsigmoid::forward(x);
  }
  template <class Real>
  GT_FN static Real slope(Real x) {
    return where(x >= Real(3), Real(1), where(x > Real(-3), x / Real(3) + Real(0.5), Real(0)));
  }
};

inline Tensor hardswish(const Tensor& x, Location at = Location::current()) { return pointwise(Hardswish{}, at, x); }

}  // namespace gradtape
