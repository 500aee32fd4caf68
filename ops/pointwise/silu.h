// x · sigmoid(x), also called swish: 0 at -∞, with slope 0, and slope 1 at ∞.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Silu {
  static constexpr auto name = "silu";
  static constexpr auto samples = between(-8, 8);

  // Beyond ±800 sigmoid has reached its limits, and no infinity may meet its 0.
  template <class Real>
  GT_FN static Real forward(Real x) {
    return where(x < Real(-800), Real(-800), x) * sigmoid(x);
  }

  // s + x s (1 - s) with s = sigmoid(x), by exp(-|x|): so neither s nor 1 - s rounds, nor when this has its own slope.
  template <class Real>
  GT_FN static Real slope(Real x) {
    const Real size = where(x < Real(0), x, -x), held = where(size < Real(-800), Real(-800), size);
    const Real e = exp(held), part = Real(1) / (Real(1) + e);
    return part * (where(x < Real(0), e, Real(1)) + where(x < Real(0), held, -held) * (e * part));
  }
};

inline Tensor silu(const Tensor& x, Location at = Location::current()) { return pointwise(Silu{}, at, x); }

}  // namespace gradtape
