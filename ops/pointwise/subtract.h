// a - b.
#pragma once

#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/rebind.h>

namespace gradtape {

struct Subtract {
  static constexpr auto name = "subtract";
  static constexpr auto samples = between(-4, 4);
  static constexpr bool integers = true;
  static constexpr auto not_for_bool = "Use gt::logical_not(x), or a ^ b where two differ.";

  template <class Real>
  GT_FN static Real forward(Real a, Real b) {
    return a - b;
  }

  template <class Real>
  GT_FN static Slopes<Real, 2> slope(Real, Real) {
    return {Real(1), Real(-1)};
  }
};

inline Tensor subtract(const Operand& a, const Operand& b) { return pointwise(Subtract{}, a.at, a.tensor, b.tensor); }
inline Tensor sub(const Operand& a, const Operand& b) { return subtract(a, b); }
inline Tensor operator-(const Operand& a, const Operand& b) { return pointwise(Subtract{}, a.at, a.tensor, b.tensor); }
// Rebinds `a` to a new tensor; nothing is written in place. Throws TapeError for a leaf that asks for a gradient.
inline Tensor& operator-=(Tensor& a, const Operand& b) { return rebind<Subtract>("operator-=", a, b); }

}  // namespace gradtape
