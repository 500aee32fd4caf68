// Hyperbolic sine.
#pragma once

#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/pointwise/cosh.h>

namespace gradtape {

struct Sinh {
  static constexpr auto name = "sinh";
  static constexpr auto samples = between(-3, 3);

  // ½ (e - 1/e)(e + 1/e) with e = exp(|x|/2): nothing overflows before the result does, and by expm1 nothing cancels.
  // Small numbers are their own.
  template <class Real>
  GT_FN static Real forward(Real x) {
    const Real a = abs(x), t = expm1(Real(0.5) * a), e = Real(1) + t, q = Real(1) / e;
    return with_sign_of(x, where(a < Real(1e-8), a, Real(0.5) * t * (Real(1) + q) * (e + q)));
  }
  template <class Real>
  GT_FN static Real slope(Real x) {
    return cosh(x);
  }
};

template <FormulaNumber Real>
GT_FN Real sinh(Real x) {
  return Sinh::forward(x);
}
inline Tensor sinh(const Tensor& x, Location at = Location::current()) { return pointwise(Sinh{}, at, x); }

}  // namespace gradtape
