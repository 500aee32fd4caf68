// x where it is positive, else x times a small slope, which also holds at 0.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct LeakyRelu {
  static constexpr auto name = "leaky_relu";
  static constexpr auto samples = between(-4, 4);
  double negative_slope = 0.01;

  template <class Real>
  GT_FN Real forward(Real x) const {
    return where(x > Real(0), x, Real(negative_slope) * x);
  }
  template <class Real>
  GT_FN Real slope(Real x) const {
    return where(x > Real(0), Real(1), Real(negative_slope));
  }
};

inline Tensor leaky_relu(const Tensor& x, double negative_slope = 0.01, Location at = Location::current()) {
  return pointwise(LeakyRelu{negative_slope}, at, x);
}

}  // namespace gradtape
