// The error function.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Erf {
  static constexpr auto name = "erf";
  static constexpr auto samples = between(-3, 3);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return erf(x);
  }

  template <class Real>
  GT_FN static Real slope(Real x) {
    return slope_of_erf(x);
  }
};

inline Tensor erf(const Tensor& x, Location at = Location::current()) { return pointwise(Erf{}, at, x); }

}  // namespace gradtape
