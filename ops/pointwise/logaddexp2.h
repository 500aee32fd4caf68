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
    return fma(log1p(exp(Real(-ln2) * gap_of(a, b))), Real(1.4426950408889634), max(a, b));  // 1 / log 2
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
