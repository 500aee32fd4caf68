// The larger of two, and the other one where one is NaN. Ties share the slope, two NaN have none.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct FMax {
  static constexpr auto name = "fmax";
  static constexpr auto samples = between(-4, 4);
  static constexpr bool integers = true;

  template <class Real>
  GT_FN static Real forward(Real a, Real b) {
    return where((a >= b) | (b != b), a, b);
  }

  template <class Real>
  GT_FN static Slopes<Real, 2> slope(Real a, Real b) {
    const Real tied = where(a == b, Real(0.5), Real(0));
    return {where((a > b) | ((b != b) & (a == a)), Real(1), tied),
            where((b > a) | ((a != a) & (b == b)), Real(1), tied)};
  }
};

inline Tensor fmax(const Operand& a, const Operand& b) { return pointwise(FMax{}, a.at, a.tensor, b.tensor); }

}  // namespace gradtape
