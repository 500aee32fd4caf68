// a to the power b. Both slopes are 0 at 0⁰; the one by a is 0 wherever b is, the one by b where a is 0 and b is not
// below it.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Pow {
  static constexpr auto name = "pow";
  static constexpr auto samples = between(0.1, 3);

  template <class Real>
  GT_FN static Real forward(Real a, Real b) {
    return pow(a, b);
  }
};

inline Tensor pow(const Operand& a, const Operand& b) { return pointwise(Pow{}, a.where, a.tensor, b.tensor); }

}  // namespace gradtape
