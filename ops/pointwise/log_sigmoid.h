// log(sigmoid(x)) = -softplus(-x), exact where sigmoid itself rounds to 0.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct LogSigmoid {
  static constexpr auto name = "log_sigmoid";
  static constexpr auto samples = between(-8, 8);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return min(x, Real(0)) - log1p(exp(-abs(x)));
  }
  // The sigmoid of -x, by exp(-|x|): then its own slope is right on both sides.
  template <class Real>
  GT_FN static Real slope(Real x) {
    const Real e = exp(where(x > Real(0), -x, x));
    return where(x > Real(0), e, Real(1)) / (Real(1) + e);
  }
};

inline Tensor log_sigmoid(const Tensor& x, Location where = Location::current()) { return pointwise(LogSigmoid{}, where, x); }

}  // namespace gradtape
