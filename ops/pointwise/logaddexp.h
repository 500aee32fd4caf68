// log(exp(a) + exp(b)), which overflows nowhere. The slopes are 0 where both are -∞, and shared where both are ∞.
#pragma once

#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/pointwise/softplus.h>

namespace gradtape {

// How far two are apart, as far as exp of it is not 0, and what that lost to rounding where the larger one is small.
template <class Real>
struct Gap {
  Real size, lost;
};
template <class Real>
GT_FN Gap<Real> gap_of(Real a, Real b) {
  const auto near = abs(a - b) < Real(2000);  // not so for infinities that are alike
  const Real large = where(a > b, a, b), small = where(a > b, b, a), size = large - small;
  return {where(near, size, Real(2000)), where(near, large - (size + small), Real(0))};
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
    const Gap<Real> gap = gap_of(a, b);
    const Real e = exp(-gap.size);
    return max(a, b) + log1p(fma(-gap.lost, e, e));
  }
  template <class Real>
  GT_FN static Slopes<Real, 2> slope(Real a, Real b) {
    return {share_of(a, b, a - b), share_of(b, a, b - a)};
  }
};

inline Tensor logaddexp(const Operand& a, const Operand& b) { return pointwise(Logaddexp{}, a.at, a.tensor, b.tensor); }

}  // namespace gradtape
