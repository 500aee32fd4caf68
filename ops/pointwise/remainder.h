// What is left of x by whole y, with the sign of y, as Python's % has it.
#pragma once

#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/pointwise/integer_divisors.h>

namespace gradtape {

struct Remainder {
  static constexpr auto name = "remainder";
  static constexpr auto samples = between(0.5, 4);
  static constexpr bool integers = true;
  static constexpr auto not_for_bool = "Make it integers: x.to(gt::int64).";

  template <class Real>
  GT_FN static Real forward(Real x, Real y) {
    const Real rest = fmod(x, y);
    const auto other_sign = ((rest < Real(0)) & (y > Real(0))) | ((rest > Real(0)) & (y < Real(0)));
    return where(other_sign, rest + y, rest);
  }

  template <class Real>
  GT_FN static Slopes<Real, 2> slope(Real x, Real y) {
    return {Real(1), -floor(x / y)};
  }
};

// Throws ValueError where both are integers and y is 0.
inline Tensor remainder(const Operand& x, const Operand& y) {
  require_divisors("remainder", x.tensor, y.tensor, x.at);
  return pointwise(Remainder{}, x.at, x.tensor, y.tensor);
}

}  // namespace gradtape
