// Inverse hyperbolic cosine: log(x + √(x² - 1)), NaN below 1, where the slope is ∞.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Acosh {
  static constexpr auto name = "acosh";
  static constexpr auto samples = between(1.2, 5);

  // By log1p of what is more than 1, so that nothing cancels near 1. Far out it is log(2x).
  template <class Real>
  GT_FN static Real forward(Real x) {
    const Real t = x - Real(1);
    const auto far = x > Real(0x1p60);
    const Real size = log1p(where(far, x, t + sqrt(t * (x + Real(1)))));
    return where(t < Real(0), Real(__builtin_nan("")), where(far, size + Real(0.69314718055994531), size));
  }
  template <class Real>
  GT_FN static Real slope(Real x) {
    return Real(1) / (sqrt(x - Real(1)) * sqrt(x + Real(1)));
  }
};

inline Tensor acosh(const Tensor& x, Location at = Location::current()) { return pointwise(Acosh{}, at, x); }

}  // namespace gradtape
