// x where it is above a threshold, else a value; the gradient stops at the threshold.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Threshold {
  static constexpr auto name = "threshold";
  static constexpr auto samples = between(-4, 4);
  double threshold = 0.5, value = -1;

  template <class Real>
  GT_FN Real forward(Real x) const {
    return where(x <= Real(threshold), Real(value), x);
  }
  template <class Real>
  GT_FN auto slope(Real x) const {
    return x > Real(threshold);
  }
};

inline Tensor threshold(const Tensor& x, double threshold, double value, Location at = Location::current()) {
  return pointwise(Threshold{threshold, value}, at, x);
}

}  // namespace gradtape
