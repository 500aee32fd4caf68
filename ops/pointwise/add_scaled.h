// a + alpha · b.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct AddScaled {
  static constexpr auto name = "add_scaled";
  static constexpr auto samples = between(-4, 4);
  double alpha = 0.5;

  template <class Real>
  GT_FN Real forward(Real a, Real b) const {
    return a + Real(alpha) * b;
  }

  template <class Real>
  GT_FN Slopes<Real, 2> slope(Real, Real) const {
    return {Real(1), Real(alpha)};
  }
};

// Integers stay integers by a whole alpha.
Tensor add(const Operand& a, const Operand& b, Number alpha);
// a - alpha · b
Tensor subtract(const Operand& a, const Operand& b, Number alpha);
inline Tensor sub(const Operand& a, const Operand& b, Number alpha) { return subtract(a, b, alpha); }
// b - alpha · a
inline Tensor rsub(const Operand& a, const Operand& b, Number alpha = 1) { return subtract(b, a, alpha); }

}  // namespace gradtape
