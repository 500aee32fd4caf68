// The angle whose cosine is x, from 0 to π; NaN beyond ±1, where the slope is -∞.
#pragma once

#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/pointwise/asin.h>

namespace gradtape {

struct Acos {
  static constexpr auto name = "acos";
  static constexpr auto samples = between(-0.9, 0.9);

  // Of |x|, and then turned round; 2 asin(√((1 - x) / 2)) above ½, so that nothing cancels near 1.
  template <class Real>
  GT_FN static Real forward(Real x) {
    const Real a = abs(x);
    const auto far = a > Real(0.5);
    const Real z = where(far, Real(0.5) * (Real(1) - a), a * a), part = small_arcsine(where(far, sqrt(z), a), z);
    const Real angle = where(far, Real(2) * part, Real(1.5707963267948966) - part);
    return where(x < Real(0), Real(3.1415926535897932) - angle, angle);
  }
  template <class Real>
  GT_FN static Real slope(Real x) {
    return Real(-1) / sqrt((Real(1) - x) * (Real(1) + x));
  }
};

inline Tensor acos(const Tensor& x, Location at = Location::current()) { return pointwise(Acos{}, at, x); }

}  // namespace gradtape
