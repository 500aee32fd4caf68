// a to the power b. Both slopes are 0 at 0⁰; the one by a is 0 wherever b is, the one by b where a is 0 and b is not
// below it. An integer to the power of an integer is an integer.
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
};

// Throws ValueError for a negative exponent when both are integers.
void require_integer_power(const Tensor& base, const Tensor& exponents, Location at);

inline Tensor pow(const Operand& a, const Operand& b) {
  require_integer_power(a.tensor, b.tensor, a.at);
  return pointwise(Pow{}, a.at, a.tensor, b.tensor);
}

// The same in float64, whatever the types are.
Tensor float_power(const Operand& a, const Operand& b);

}  // namespace gradtape
