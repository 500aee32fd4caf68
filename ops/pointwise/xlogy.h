// x log y, and 0 where x is 0, unless y is NaN; there both slopes are 0 where y is not above 0.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Xlogy {
  static constexpr auto name = "xlogy";
  static constexpr auto samples = between(0.1, 3);

  template <class Real>
  GT_FN static Real forward(Real x, Real y) {
    return where((x == Real(0)) & (y == y), Real(0), x * log(y));
  }
  template <class Real>
  GT_FN static Slopes<Real, 2> slope(Real x, Real y) {
    const auto none = (x == Real(0)) & (y <= Real(0));
    return {where(none, Real(0), log(y)), where(none, Real(0), x / y)};
  }
};

inline Tensor xlogy(const Operand& x, const Operand& y) { return pointwise(Xlogy{}, x.at, x.tensor, y.tensor); }

}  // namespace gradtape
