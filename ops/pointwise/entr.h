// -x log x, a part of an entropy: 0 at 0, -∞ below.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Entr {
  static constexpr auto name = "entr";
  static constexpr auto samples = between(0.1, 3);

  template <class Real>
  GT_FN static Real forward(Real x) {
    const Real product = x * log(where(x == Real(0), Real(1), x));
    return where(x < Real(0), Real(-__builtin_inf()), Real(0) - product);
  }
  template <class Real>
  GT_FN static Real slope(Real x) {
    return Real(-1) - log(x);
  }
};

inline Tensor entr(const Tensor& x, Location at = Location::current()) { return pointwise(Entr{}, at, x); }

}  // namespace gradtape
