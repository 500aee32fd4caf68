// x where it is positive, else x times a weight that is learned; the weight is the slope at 0.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Prelu {
  static constexpr auto name = "prelu";
  static constexpr auto samples = between(-4, 4);

  template <class Real>
  GT_FN static Real forward(Real x, Real weight) {
    return where(x > Real(0), x, weight * x);
  }
  template <class Real>
  GT_FN static Slopes<Real, 2> slope(Real x, Real weight) {
    return {where(x > Real(0), Real(1), weight), where(x > Real(0), Real(0), x)};
  }
};

// The weight is one number, or one for each channel, dimension 1 of x. Throws ShapeError.
Tensor prelu(const Tensor& x, const Tensor& weight, Location at = Location::current());

}  // namespace gradtape
