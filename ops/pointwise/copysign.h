// The size of x with the sign of y, which a zero and a NaN have too; slope 0 by x at 0, and by y.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct CopySign {
  static constexpr auto name = "copysign";
  static constexpr auto samples = between(-4, 4);

  template <class Real>
  GT_FN static Real forward(Real x, Real y) {
    return copysign(x, y);
  }
};

inline Tensor copysign(const Operand& x, const Operand& y) { return pointwise(CopySign{}, x.at, x.tensor, y.tensor); }

}  // namespace gradtape
