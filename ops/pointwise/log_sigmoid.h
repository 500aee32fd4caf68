// log(sigmoid(x)) = -softplus(-x), exact where sigmoid itself rounds to 0.
#pragma once

#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/pointwise/softplus.h>

namespace gradtape {

struct LogSigmoid {
  static constexpr auto name = "log_sigmoid";
  static constexpr auto samples = between(-8, 8);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return min(x, Real(0)) - log1p(exp(-abs(x)));
  }
  template <class Real>
  GT_FN static Real slope(Real x) {
    return logistic(-x);
  }
};

inline Tensor log_sigmoid(const Tensor& x, Location at = Location::current()) { return pointwise(LogSigmoid{}, at, x); }
inline Tensor logsigmoid(const Tensor& x, Location at = Location::current()) { return log_sigmoid(x, at); }

}  // namespace gradtape
