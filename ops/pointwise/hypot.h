// √(x² + y²), which overflows no earlier than it must. Both slopes are 0 at the origin; an infinity outweighs a NaN.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Hypot {
  static constexpr auto name = "hypot";
  static constexpr auto samples = between(-3, 3);

  template <class Real>
  GT_FN static Real forward(Real x, Real y) {
    const Real a = abs(x), b = abs(y), big = max(a, b), small = min(a, b);
    const Real part = small / where(big == Real(0), Real(1), big);
    const auto infinite = (a == Real(__builtin_inf())) | (b == Real(__builtin_inf()));
    return where(infinite, Real(__builtin_inf()), big * sqrt(Real(1) + part * part));
  }

  template <class Real>
  GT_FN static Slopes<Real, 2> slope(Real x, Real y) {
    const Real a = finite(x), b = finite(y), big = max(abs(a), abs(b));
    // At the origin by infinity, which leaves no slope of any order.
    const Real scale = where(big == Real(0), Real(__builtin_inf()), big), u = a / scale, v = b / scale;
    const Real size = where(big == Real(0), Real(1), sqrt(u * u + v * v));
    return {u / size, v / size};
  }
};

inline Tensor hypot(const Operand& x, const Operand& y) { return pointwise(Hypot{}, x.at, x.tensor, y.tensor); }

}  // namespace gradtape
