// Inverse hyperbolic sine: log(x + √(x² + 1)), and odd.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Asinh {
  static constexpr auto name = "asinh";
  static constexpr auto samples = between(-4, 4);

  // By log1p, so that nothing cancels near 0. Far out it is log(2|x|), whose square does not overflow.
  template <class Real>
  GT_FN static Real forward(Real x) {
    const Real a = abs(x);
    const auto far = a > Real(0x1p60);
    const Real less_one = fma(a, a / (Real(1) + sqrt(fma(a, a, Real(1)))), a);
    const Real size = log1p(where(far, a, less_one));
    return with_sign_of(x, where(far, size + Real(0.69314718055994531), size));
  }
  template <class Real>
  GT_FN static Real slope(Real x) {
    return Real(1) / where(abs(x) > Real(0x1p60), abs(x), sqrt(fma(x, x, Real(1))));
  }
};

inline Tensor asinh(const Tensor& x, Location at = Location::current()) { return pointwise(Asinh{}, at, x); }

}  // namespace gradtape
