// The angle of the point (x, y), from -π to π; both slopes are 0 at the origin, and where the point is at infinity.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Atan2 {
  static constexpr auto name = "atan2";
  static constexpr auto samples = between(-3, 3);

  template <class Real>
  GT_FN static Real forward(Real y, Real x) {
    return atan2(y, x);
  }
};

inline Tensor atan2(const Operand& y, const Operand& x) { return pointwise(Atan2{}, y.at, y.tensor, x.tensor); }

}  // namespace gradtape
