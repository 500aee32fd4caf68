// log(1 + exp(x)), which neither overflows nor rounds to 0 early.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

// The sigmoid, by exp(-|x|), so that its own slope is right on both sides.
template <class Real>
GT_FN Real logistic(Real x) {
  const Real e = exp(where(x < Real(0), x, -x));
  return where(x < Real(0), e, Real(1)) / (Real(1) + e);
}
Tensor logistic(const Tensor& x);

struct Logistic {
  static constexpr auto name = "logistic";
  static constexpr auto samples = between(-8, 8);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return logistic(x);
  }
  template <class Real>
  GT_FN static Real slope(Real x) {
    return logistic(x) * logistic(-x);
  }
};

inline Tensor logistic(const Tensor& x) { return pointwise(Logistic{}, Location::current(), x); }

struct Softplus {
  static constexpr auto name = "softplus";
  static constexpr auto samples = between(-8, 8);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return max(x, Real(0)) + log1p(exp(-abs(x)));
  }
  template <class Real>
  GT_FN static Real slope(Real x) {
    return logistic(x);
  }
};

inline Tensor softplus(const Tensor& x, Location at = Location::current()) { return pointwise(Softplus{}, at, x); }
// log(1 + exp(beta x)) / beta, and x itself where beta x is above the threshold: the formula needs none.
Tensor softplus(const Tensor& x, double beta, double threshold = __builtin_inf(), Location at = Location::current());

}  // namespace gradtape
