// x held between two bounds; the gradient stops at the bounds.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Hardtanh {
  static constexpr auto name = "hardtanh";
  static constexpr auto samples = between(-3, 3);
  double low = -1, high = 1;

  template <class Real>
  GT_FN Real forward(Real x) const {
    return min(max(x, Real(low)), Real(high));
  }
  template <class Real>
  GT_FN auto slope(Real x) const {
    return (x > Real(low)) & (x < Real(high));
  }
};

// Throws ValueError unless low ≤ high.
Tensor hardtanh(const Tensor& x, double low = -1, double high = 1, Location at = Location::current());

inline Tensor relu6(const Tensor& x, Location at = Location::current()) { return pointwise(Hardtanh{0, 6}, at, x); }

}  // namespace gradtape
