// Hyperbolic cosine.
#pragma once

#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/pointwise/sinh.h>

namespace gradtape {

struct Cosh {
  static constexpr auto name = "cosh";
  static constexpr auto samples = between(-3, 3);

  // ½ (e² + 1/e²) with e = exp(|x|/2), which does not overflow before the result does.
  template <class Real>
  GT_FN static Real forward(Real x) {
    const Real e = exp(Real(0.5) * abs(x)), q = Real(1) / e;
    return fma(Real(0.5) * e, e, Real(0.5) * (q * q));
  }
  template <class Real>
  GT_FN static Real slope(Real x) {
    return sinh(x);
  }
};

template <FormulaNumber Real>
GT_FN Real cosh(Real x) {
  return Cosh::forward(x);
}
inline Tensor cosh(const Tensor& x, Location at = Location::current()) { return pointwise(Cosh{}, at, x); }

}  // namespace gradtape
