// x · tanh(softplus(x)) (Misra 2019): 0 at -∞, with slope 0, and slope 1 at ∞.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Mish {
  static constexpr auto name = "mish";
  static constexpr auto samples = between(-8, 8);

  // Note: tanh(softplus(x)) is n / (n + 2) with n = exp(2x) + 2 exp(x). By e = exp(-|x|) nothing overflows: n / (n + 2)
  // with n = e² + 2e on the left, 1 - 2e² / (1 + 2e + 2e²) on the right, so that nothing cancels there, nor in slopes
  // of it. Beyond ±800 it has reached its limits, and no infinity may meet its 0.
  template <class Real>
  GT_FN static Real forward(Real x) {
    const auto left = x < Real(0);
    const Real e = exp(where(left, x, -x));
    return where(x < Real(-800), Real(-800), x) * factor(left, e, part(left, e));
  }
  // That factor and x times its slope, which is 4 e (1 + e) / (n + 2)² on the left, 4 e² (1 + e) / (1 + 2e + 2e²)² on
  // the right.
  template <class Real>
  GT_FN static Real slope(Real x) {
    const auto left = x < Real(0);
    const Real size = where(left, x, -x), held = where(size < Real(-800), Real(-800), size);
    const Real e = exp(held), over = part(left, e);
    const Real rise = Real(4) * where(left, e, e * e) * (Real(1) + e) * over * over;
    return factor(left, e, over) + where(left, held, -held) * rise;
  }

 private:
  template <class Side, class Real>
  GT_FN static Real part(Side left, Real e) {
    return Real(1) / (Real(2) * e + where(left, e * e + Real(2), Real(1) + Real(2) * e * e));
  }
  template <class Side, class Real>
  GT_FN static Real factor(Side left, Real e, Real part) {
    return where(left, (e * e + Real(2) * e) * part, Real(1) - Real(2) * e * e * part);
  }
};

inline Tensor mish(const Tensor& x, Location at = Location::current()) { return pointwise(Mish{}, at, x); }

}  // namespace gradtape
