// a + b.
#pragma once

#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/rebind.h>

namespace gradtape {

struct Add {
  static constexpr auto name = "add";
  static constexpr auto samples = between(-4, 4);
  static constexpr bool integers = true;

  template <class Real>
  GT_FN static Real forward(Real a, Real b) {
    return a + b;
  }

  template <class Real>
  GT_FN static Slopes<Real, 2> slope(Real, Real) {
    return {Real(1), Real(1)};
  }
};

inline Tensor add(const Operand& a, const Operand& b) { return pointwise(Add{}, a.at, a.tensor, b.tensor); }
inline Tensor operator+(const Operand& a, const Operand& b) { return pointwise(Add{}, a.at, a.tensor, b.tensor); }
// Rebinds `a` to a new tensor; nothing is written in place. Throws TapeError for a leaf that asks for a gradient.
inline Tensor& operator+=(Tensor& a, const Operand& b) { return rebind<Add>("operator+=", a, b); }

}  // namespace gradtape
