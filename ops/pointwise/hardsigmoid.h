// A line from 0 at -3 to 1 at 3, and 0 and 1 beyond: a sigmoid without exp. The gradient stops at -3 and 3.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Hardsigmoid {
  static constexpr auto name = "hardsigmoid";
  static constexpr auto samples = between(-5, 5);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return min(max(x + Real(3), Real(0)), Real(6)) / Real(6);
  }
  template <class Real>
  GT_FN static Real slope(Real x) {
    return where((x > Real(-3)) & (x < Real(3)), Real(1.0 / 6), Real(0));
  }
};

inline Tensor hardsigmoid(const Tensor& x, Location at = Location::current()) {
  return pointwise(Hardsigmoid{}, at, x);
}

}  // namespace gradtape
