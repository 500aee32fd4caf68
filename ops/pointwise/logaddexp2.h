// log₂(2ᵃ + 2ᵇ), which overflows nowhere. The slopes are 0 where both are -∞, and shared where both are ∞.
#pragma once

#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/pointwise/logaddexp.h>

namespace gradtape {

struct Logaddexp2 {
  static constexpr auto name = "logaddexp2";
  static constexpr auto samples = between(-4, 4);

  template <class Real>
  GT_FN static Real forward(Real a, Real b) {
    const Gap<Real> gap = gap_of(a, b);
    const Real product = Real(ln2) * gap.size, e = exp(-product);
    const Real low =
        Real(is_single<Real> ? -1.9046543e-9 : 2.3190468138462996e-17);  // log 2 less what it is rounded to
    const Real lost = fma(Real(ln2), gap.lost, fma(low, gap.size, fma(Real(ln2), gap.size, -product)));
    return fma(log1p(fma(-lost, e, e)), Real(1.4426950408889634), max(a, b));  // 1 / log 2
  }
  template <class Real>
  GT_FN static Slopes<Real, 2> slope(Real a, Real b) {
    return {share_of(a, b, Real(ln2) * (a - b)), share_of(b, a, Real(ln2) * (b - a))};
  }

 private:
  static constexpr double ln2 = 0.69314718055994531;
};

inline Tensor logaddexp2(const Operand& a, const Operand& b) {
  return pointwise(Logaddexp2{}, a.at, a.tensor, b.tensor);
}

}  // namespace gradtape
