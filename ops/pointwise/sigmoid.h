// 1 / (1 + exp(-x)), which overflows on neither side.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Sigmoid {
  static constexpr auto name = "sigmoid";
  static constexpr auto samples = between(-8, 8);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return sigmoid(x);
  }

  // In terms of the output, so the tape can let go of the input. Where y is near 1 it is right to a rounding of 1 only.
  template <class Real>
  GT_FN static Real slope_from_output(Real y) {
    return y * (Real(1) - y);
  }
};

inline Tensor sigmoid(const Tensor& x, Location at = Location::current()) { return pointwise(Sigmoid{}, at, x); }

// A gate: the first half of x along a dimension times the sigmoid of the second (Dauphin et al. 2017). Throws
// ShapeError for an odd size.
Tensor glu(const Tensor& x, int dim = -1, Location at = Location::current());

}  // namespace gradtape
