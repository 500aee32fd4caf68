// 2 to the power x, exact where x is whole.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Exp2 {
  static constexpr auto name = "exp2";
  static constexpr auto samples = between(-3, 3);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return exp2(x);
  }

  template <class Real>
  GT_FN static Real slope_from_output(Real y) {
    return Real(0.69314718055994531) * y;
  }
};

inline Tensor exp2(const Tensor& x, Location at = Location::current()) { return pointwise(Exp2{}, at, x); }

}  // namespace gradtape
