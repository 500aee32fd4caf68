// x · sigmoid(x), also called swish.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Silu {
  static constexpr auto name = "silu";
  static constexpr auto samples = between(-8, 8);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return x * sigmoid(x);
  }

  template <class Real>
  GT_FN static Real slope(Real x) {
    const Real s = sigmoid(x);
    return s * (Real(1) + x * (Real(1) - s));
  }
};

inline Tensor silu(const Tensor& x, Location where = Location::current()) { return pointwise(Silu{}, where, x); }

}  // namespace gradtape
