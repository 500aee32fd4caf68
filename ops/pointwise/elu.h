// x where it is positive, else alpha · (exp(x) - 1).
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Elu {
  static constexpr auto name = "elu";
  static constexpr auto samples = between(-4, 4);
  double alpha = 1;

  template <class Real>
  GT_FN Real forward(Real x) const {
    return where(x > Real(0), x, Real(alpha) * expm1(x));
  }
  template <class Real>
  GT_FN Real slope(Real x) const {
    return where(x > Real(0), Real(1), Real(alpha) * exp(x));
  }
};

inline Tensor elu(const Tensor& x, double alpha = 1, Location at = Location::current()) {
  return pointwise(Elu{alpha}, at, x);
}

}  // namespace gradtape
