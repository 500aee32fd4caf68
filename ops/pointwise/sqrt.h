// The square root.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Sqrt {
  static constexpr auto name = "sqrt";
  static constexpr auto samples = between(0.1, 4);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return sqrt(x);
  }

  template <class Real>
  GT_FN static Real slope_from_output(Real y) {
    return Real(0.5) / (y + Real(0));  // the root of -0 is -0, and its slope ∞
  }
};

inline Tensor sqrt(const Tensor& x, Location at = Location::current()) { return pointwise(Sqrt{}, at, x); }

}  // namespace gradtape
