// e to the power x.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Exp {
  static constexpr auto name = "exp";
  static constexpr auto samples = between(-4, 4);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return exp(x);
  }

  template <class Real>
  GT_FN static Real slope_from_output(Real y) {
    return y;
  }
};

inline Tensor exp(const Tensor& x, Location at = Location::current()) { return pointwise(Exp{}, at, x); }

}  // namespace gradtape
