// The larger of two; ties share the slope, a NaN on either side stays.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Maximum {
  static constexpr auto name = "maximum";
  static constexpr auto samples = between(-4, 4);
  static constexpr bool integers = true;

  template <class Real>
  GT_FN static Real forward(Real a, Real b) {
    return max(a, b);
  }

  template <class Real>
  GT_FN static Slopes<Real, 2> slope(Real a, Real b) {
    const Real tied = where(a == b, Real(0.5), Real(0));  // 0 of a NaN
    return {where(a > b, Real(1), tied), where(b > a, Real(1), tied)};
  }
};

inline Tensor maximum(const Operand& a, const Operand& b) { return pointwise(Maximum{}, a.at, a.tensor, b.tensor); }
inline Tensor max(const Tensor& a, const Tensor& b) { return maximum(a, b); }  // the word of formulas

}  // namespace gradtape
