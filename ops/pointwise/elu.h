// x where it is positive, else alpha · (exp(x) - 1); and its scaled kin.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Elu {
  static constexpr auto name = "elu";
  static constexpr auto samples = between(-4, 4);
  double alpha = 1, scale = 1, input_scale = 1;  // the last of negative numbers

  template <class Real>
  GT_FN Real forward(Real x) const {
    return Real(scale) * where(x > Real(0), x, Real(alpha) * expm1(Real(input_scale) * x));
  }
  template <class Real>
  GT_FN Real slope(Real x) const {
    const Real left = Real(alpha) * Real(input_scale);
    return Real(scale) * where(x > Real(0), Real(1), left * exp(Real(input_scale) * x));
  }
};

inline Tensor elu(const Tensor& x, double alpha = 1, Location at = Location::current()) {
  return pointwise(Elu{alpha}, at, x);
}

// Scaled so that layers of it keep mean 0 and variance 1 (Klambauer et al. 2017).
inline Tensor selu(const Tensor& x, Location at = Location::current()) {
  return pointwise(Elu{.alpha = 1.6732632423543772848, .scale = 1.0507009873554804934}, at, x);
}

// x where it is positive, else alpha · (exp(x / alpha) - 1): its slope at 0 is 1 (Barron 2017). Throws ValueError for
// an alpha of 0.
Tensor celu(const Tensor& x, double alpha = 1, Location at = Location::current());

}  // namespace gradtape
