// x · Φ(x), where Φ is the normal distribution function.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Gelu {
  static constexpr auto name = "gelu";
  static constexpr auto samples = between(-4, 4);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return Real(0.5) * x * (Real(1) + erf(Real(0.70710678118654752) * x));
  }
  // Φ(x) + x φ(x), with φ the normal density.
  template <class Real>
  GT_FN static Real slope(Real x) {
    return Real(0.5) * (Real(1) + erf(Real(0.70710678118654752) * x)) + x * (Real(0.39894228040143268) * exp(Real(-0.5) * x * x));
  }
};

inline Tensor gelu(const Tensor& x, Location where = Location::current()) { return pointwise(Gelu{}, where, x); }

}  // namespace gradtape
