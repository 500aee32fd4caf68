// x brought nearer to 0 by lambda, and 0 where it was not further away; the gradient stops at ±lambda.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Softshrink {
  static constexpr auto name = "softshrink";
  static constexpr auto samples = between(-2, 2);
  double lambda = 0.5;

  template <class Real>
  GT_FN Real forward(Real x) const {
    return x - min(max(x, Real(-lambda)), Real(lambda));
  }
  template <class Real>
  GT_FN auto slope(Real x) const {
    return (x < Real(-lambda)) | (x > Real(lambda));
  }
};

// Throws ValueError unless lambda ≥ 0.
Tensor softshrink(const Tensor& x, double lambda = 0.5, Location at = Location::current());

}  // namespace gradtape
