// x, and 0 where it is not further from 0 than lambda; the gradient stops at ±lambda.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Hardshrink {
  static constexpr auto name = "hardshrink";
  static constexpr auto samples = between(-2, 2);
  double lambda = 0.5;

  template <class Real>
  GT_FN Real forward(Real x) const {
    return where((x >= Real(-lambda)) & (x <= Real(lambda)), Real(0), x);
  }
  template <class Real>
  GT_FN auto slope(Real x) const {
    return (x < Real(-lambda)) | (x > Real(lambda));
  }
};

inline Tensor hardshrink(const Tensor& x, double lambda = 0.5, Location at = Location::current()) {
  return pointwise(Hardshrink{lambda}, at, x);
}

}  // namespace gradtape
