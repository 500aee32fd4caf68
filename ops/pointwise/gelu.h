// x · Φ(x), where Φ is the normal distribution function: 0 at -∞, with slope 0, and slope 1 at ∞.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Gelu {
  static constexpr auto name = "gelu";
  static constexpr auto samples = between(-4, 4);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return gelu(x);
  }
  // Φ(x) + x φ(x), with φ the normal density. Beyond ±40 that is 0, and no infinity may meet it.
  template <class Real>
  GT_FN static Real slope(Real x) {
    return normal_cdf(x) + min(max(x, Real(-40)), Real(40)) * (Real(0.39894228040143268) * gaussian(x));
  }
};

inline Tensor gelu(const Tensor& x, Location at = Location::current()) { return pointwise(Gelu{}, at, x); }

}  // namespace gradtape
