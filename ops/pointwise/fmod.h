// What is left of x by whole y, with the sign of x, as C's % has it: exact.
#pragma once

#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/pointwise/integer_divisors.h>

namespace gradtape {

struct Fmod {
  static constexpr auto name = "fmod";
  static constexpr auto samples = between(0.5, 4);
  static constexpr bool integers = true;
  static constexpr auto not_for_bool = "Make it integers: x.to(gt::int64).";

  template <class Real>
  GT_FN static Real forward(Real x, Real y) {
    return fmod(x, y);
  }

  template <class Real>
  GT_FN static Slopes<Real, 2> slope(Real x, Real y) {
    const Real q = x / y;
    return {Real(1), -copysign(floor(abs(q)), q)};
  }
};

// Throws ValueError where both are integers and y is 0.
inline Tensor fmod(const Operand& x, const Operand& y) {
  require_divisors("fmod", x.tensor, y.tensor, x.at);
  return pointwise(Fmod{}, x.at, x.tensor, y.tensor);
}

}  // namespace gradtape
