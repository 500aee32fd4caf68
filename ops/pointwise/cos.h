// The cosine of x radians, right for x of any size.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Cos {
  static constexpr auto name = "cos";
  static constexpr auto samples = between(-4, 4);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return cos(x);
  }

  template <class Real>
  GT_FN static Real slope(Real x) {
    return -sin(x);
  }
};

inline Tensor cos(const Tensor& x, Location at = Location::current()) { return pointwise(Cos{}, at, x); }

}  // namespace gradtape
