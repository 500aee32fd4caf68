// The largest whole number that is not above a / b; its slopes are 0. Integers stay integers.
#pragma once

#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/pointwise/integer_divisors.h>

namespace gradtape {

struct FloorDivide {
  static constexpr auto name = "floor_divide";
  static constexpr auto samples = between(0.5, 4);
  static constexpr bool integers = true;
  static constexpr auto not_for_bool = "Make it integers: x.to(gt::int64).";

  template <class Real>
  GT_FN static Real forward(Real a, Real b) {
    Real whole, rest;  // one less where what is left of a has not the sign of b
    if constexpr (reads_integers<Real>) {
      whole = a / b;
      rest = a - whole * b;
    } else {  // a quotient may have been rounded up to a whole number
      whole = where(abs(a) == Real(__builtin_inf()), a - a, floor(a / b));
      rest = fma(-whole, finite(b), a);
    }
    const auto beyond = ((rest < Real(0)) & (b > Real(0))) | ((rest > Real(0)) & (b < Real(0)));
    return where(beyond, whole - Real(1), whole);
  }

  template <class Real>
  GT_FN static Slopes<Real, 2> slope(Real, Real) {
    return {Real(0), Real(0)};
  }
};

// Throws ValueError where both are integers and b is 0.
inline Tensor floor_divide(const Operand& a, const Operand& b) {
  require_divisors("floor_divide", a.tensor, b.tensor, a.at);
  return pointwise(FloorDivide{}, a.at, a.tensor, b.tensor);
}

}  // namespace gradtape
