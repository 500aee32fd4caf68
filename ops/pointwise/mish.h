// x · tanh(softplus(x)) (Misra 2019): 0 at -∞, with slope 0, and slope 1 at ∞.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Mish {
  static constexpr auto name = "mish";
  static constexpr auto samples = between(-8, 8);

  // Note: tanh(softplus(x)) is n / (n + 2) with n = exp(2x) + 2 exp(x). By e = exp(-|x|) nothing overflows, and there
  // is no difference to cancel: n / (n + 2) with n = e² + 2e on the left, n / (n + 2e²) with n = 1 + 2e on the right.
  // Beyond ±800 that has reached its limits, and no infinity may meet its 0.
  template <class Real>
  GT_FN static Real forward(Real x) {
    const auto left = x < Real(0);
    const Real e = exp(where(left, x, -x)), square = e * e, twice = Real(2) * e;
    const Real n = twice + where(left, square, Real(1));
    return where(x < Real(-800), Real(-800), x) * (n / (n + Real(2) * where(left, Real(1), square)));
  }
  // That factor and x times its slope, which is 4 e (1 + e) / (n + 2)² on the left, 4 e² (1 + e) / (n + 2e²)² on the
  // right.
  template <class Real>
  GT_FN static Real slope(Real x) {
    const auto left = x < Real(0);
    const Real size = where(left, x, -x), held = where(size < Real(-800), Real(-800), size);
    const Real e = exp(held), square = e * e, twice = Real(2) * e;
    const Real n = twice + where(left, square, Real(1)), part = Real(1) / (n + Real(2) * where(left, Real(1), square));
    const Real rise = Real(4) * where(left, e, square) * (Real(1) + e) * part;
    return part * (n + where(left, held, -held) * rise);
  }
};

inline Tensor mish(const Tensor& x, Location at = Location::current()) { return pointwise(Mish{}, at, x); }

}  // namespace gradtape
