// The angle whose sine is x, from -π/2 to π/2; NaN beyond ±1, where the slope is ∞.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

// asin(s) for 0 ≤ s ≤ ½, with z = s².
template <class Real>
GT_FN Real small_arcsine(Real s, Real z) {
  Real cube;
  if constexpr (is_single<Real>)
    cube = polynomial(z, 0.166666724, 0.0749885507, 0.0450013801, 0.0265545422, 0.0380850236);
  else
    cube = polynomial(z, 0.16666666666666649, 0.075000000000207637, 0.044642857103423646, 0.03038194736709848,
                      0.02237204763174451, 0.017355259955786323, 0.013929652902326633, 0.011875494382636922,
                      0.0078029494773533175, 0.016035514349148822, -0.010749050339697808, 0.028169218060881414);
  return fma(s * z, cube, s);
}

struct Asin {
  static constexpr auto name = "asin";
  static constexpr auto samples = between(-0.9, 0.9);

  // Above ½ it is π/2 - 2 asin(√((1 - x) / 2)).
  template <class Real>
  GT_FN static Real forward(Real x) {
    const Real a = abs(x);
    const auto far = a > Real(0.5);
    const Real z = where(far, Real(0.5) * (Real(1) - a), a * a), part = small_arcsine(where(far, sqrt(z), a), z);
    return with_sign_of(x, where(far, fma(Real(-2), part, Real(1.5707963267948966)), part));
  }
  template <class Real>
  GT_FN static Real slope(Real x) {
    return Real(1) / sqrt((Real(1) - x) * (Real(1) + x));
  }
};

inline Tensor asin(const Tensor& x, Location at = Location::current()) { return pointwise(Asin{}, at, x); }

}  // namespace gradtape
