// x log(1 + y), and 0 where x is 0, unless y is NaN; there both slopes are 0 where y is not above -1.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Xlog1py {
  static constexpr auto name = "xlog1py";
  static constexpr auto samples = between(-0.8, 3);

  template <class Real>
  GT_FN static Real forward(Real x, Real y) {
    return where((x == Real(0)) & (y == y), Real(0), x * log1p(y));
  }
  template <class Real>
  GT_FN static Slopes<Real, 2> slope(Real x, Real y) {
    const auto none = (x == Real(0)) & (y <= Real(-1));
    return {where(none, Real(0), log1p(y)), where(none, Real(0), x / (Real(1) + y))};
  }
};

inline Tensor xlog1py(const Operand& x, const Operand& y) { return pointwise(Xlog1py{}, x.at, x.tensor, y.tensor); }

}  // namespace gradtape
