// log(exp(a) + exp(b)), which overflows nowhere. The slopes are 0 where both are -∞, and shared where both are ∞.
#pragma once

#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/pointwise/softplus.h>

namespace gradtape {

// How far two are apart, as far as exp of it is not 0; infinities that are alike too.
template <class Real>
GT_FN Real gap_of(Real a, Real b) {
  return where(abs(a - b) < Real(2000), abs(a - b), Real(2000));
}
// The share of a, by how far it is above b.
template <class Real>
GT_FN Real share_of(Real a, Real b, Real gap) {
  return where(a - b == a - b, logistic(gap), where(a + b > Real(0), Real(0.5), Real(0)));
}

struct Logaddexp {
  static constexpr auto name = "logaddexp";
  static constexpr auto samples = between(-4, 4);

  template <class Real>
  GT_FN static Real forward(Real a, Real b) {
    return max(a, b) + log1p(exp(-gap_of(a, b)));
  }
  template <class Real>
  GT_FN static Slopes<Real, 2> slope(Real a, Real b) {
    return {share_of(a, b, a - b), share_of(b, a, b - a)};
  }
};

inline Tensor logaddexp(const Operand& a, const Operand& b) { return pointwise(Logaddexp{}, a.at, a.tensor, b.tensor); }

}  // namespace gradtape
