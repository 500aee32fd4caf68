// Hyperbolic tangent.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Tanh {
  static constexpr auto name = "tanh";
  static constexpr auto samples = between(-4, 4);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return tanh(x);
  }
  // In terms of the output, so the tape can let go of the input. In the tails it is right to a rounding of 1 only.
  template <class Real>
  GT_FN static Real slope_from_output(Real y) {
    return Real(1) - y * y;
  }
};

inline Tensor tanh(const Tensor& x, Location at = Location::current()) { return pointwise(Tanh{}, at, x); }

}  // namespace gradtape
