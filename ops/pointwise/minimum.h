// The smaller of two; ties share the slope, a NaN on either side stays.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Minimum {
  static constexpr auto name = "minimum";
  static constexpr auto samples = between(-4, 4);
  static constexpr bool integers = true;

  template <class Real>
  GT_FN static Real forward(Real a, Real b) {
    return min(a, b);
  }

  template <class Real>
  GT_FN static Slopes<Real, 2> slope(Real a, Real b) {
    const Real tied = where(a == b, Real(0.5), Real(0));  // 0 of a NaN
    return {where(a < b, Real(1), tied), where(b < a, Real(1), tied)};
  }
};

inline Tensor minimum(const Operand& a, const Operand& b) { return pointwise(Minimum{}, a.at, a.tensor, b.tensor); }
inline Tensor min(const Tensor& a, const Tensor& b) { return minimum(a, b); }  // the word of formulas

}  // namespace gradtape
