// Inverse hyperbolic tangent: ½ log((1 + x) / (1 - x)), ±∞ at ±1 and NaN beyond.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Atanh {
  static constexpr auto name = "atanh";
  static constexpr auto samples = between(-0.8, 0.8);

  template <class Real>
  GT_FN static Real forward(Real x) {
    const Real a = abs(x);
    return with_sign_of(x, Real(0.5) * log1p((a + a) / (Real(1) - a)));
  }
  template <class Real>
  GT_FN static Real slope(Real x) {
    return Real(1) / ((Real(1) - x) * (Real(1) + x));
  }
};

inline Tensor atanh(const Tensor& x, Location at = Location::current()) { return pointwise(Atanh{}, at, x); }

}  // namespace gradtape
