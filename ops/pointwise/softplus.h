// log(1 + exp(x)), which neither overflows nor rounds to 0 early.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Softplus {
  static constexpr auto name = "softplus";
  static constexpr auto samples = between(-8, 8);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return max(x, Real(0)) + log1p(exp(-abs(x)));
  }
  // The sigmoid, by exp(-|x|): then its own slope is right on both sides.
  template <class Real>
  GT_FN static Real slope(Real x) {
    const Real e = exp(where(x < Real(0), x, -x));
    return where(x < Real(0), e, Real(1)) / (Real(1) + e);
  }
};

inline Tensor softplus(const Tensor& x, Location where = Location::current()) { return pointwise(Softplus{}, where, x); }

}  // namespace gradtape
