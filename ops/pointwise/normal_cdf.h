// Φ(x), the normal distribution function: ½ erfc(-x/√2), with full accuracy however small.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct NormalCdf {
  static constexpr auto name = "normal_cdf";
  static constexpr auto samples = between(-4, 4);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return normal_cdf(x);
  }

  template <class Real>
  GT_FN static Real slope(Real x) {
    return Real(0.39894228040143268) * gaussian(x);  // 1/√(2π)
  }
};

inline Tensor normal_cdf(const Tensor& x, Location at = Location::current()) { return pointwise(NormalCdf{}, at, x); }

}  // namespace gradtape
