// -1, 0 or 1; no gradient flows.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Sign {
  static constexpr auto name = "sign";
  static constexpr auto samples = between(-4, 4);
  static constexpr bool integers = true;

  template <class Real>
  GT_FN static Real forward(Real x) {
    return where(x > Real(0), Real(1), where(x < Real(0), Real(-1), x));
  }

  template <class Real>
  GT_FN static Real slope(Real) {
    return Real(0);
  }
};

inline Tensor sign(const Tensor& x, Location at = Location::current()) { return pointwise(Sign{}, at, x); }
inline Tensor sgn(const Tensor& x, Location at = Location::current()) { return sign(x, at); }

}  // namespace gradtape
