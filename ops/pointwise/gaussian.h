// exp(-x²/2), the bell curve without its factor.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Gaussian {
  static constexpr auto name = "gaussian";
  static constexpr auto samples = between(-4, 4);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return gaussian(x);
  }
  // Beyond ±40 the bell is 0, and no infinity may meet it.
  template <class Real>
  GT_FN static Real slope(Real x) {
    return -min(max(x, Real(-40)), Real(40)) * gaussian(x);
  }
};

inline Tensor gaussian(const Tensor& x, Location at = Location::current()) { return pointwise(Gaussian{}, at, x); }

}  // namespace gradtape
