// a to the power b; both slopes are 0 at 0⁰. An integer to the power of an integer is an integer.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Pow {
  static constexpr auto name = "pow";
  static constexpr auto samples = between(0.1, 3);
  static constexpr bool integers = true;

  template <class Real>
  GT_FN static Real forward(Real a, Real b) {
    return pow(a, b);
  }

  template <class Real>
  GT_FN static Slopes<Real, 2> slope(Real a, Real b) {
    return {where(b == Real(0), Real(0), b * pow(a, b - Real(1))),
            where((a == Real(0)) & (b >= Real(0)), Real(0), pow(a, b) * log(a))};
  }
};

// Throws ValueError for a negative exponent when both are integers.
void require_integer_power(const Tensor& base, const Tensor& exponents, Location where);

inline Tensor pow(const Operand& a, const Operand& b) {
  require_integer_power(a.tensor, b.tensor, a.where);
  return pointwise(Pow{}, a.where, a.tensor, b.tensor);
}

}  // namespace gradtape
