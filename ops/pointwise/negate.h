// -x.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Negate {
  static constexpr auto name = "negate";
  static constexpr auto samples = between(-4, 4);
  static constexpr bool integers = true;
  static constexpr auto not_for_bool = "Use gt::logical_not(x), or a ^ b where two differ.";

  template <class Real>
  GT_FN static Real forward(Real x) {
    return -x;
  }

  template <class Real>
  GT_FN static Real slope(Real) {
    return Real(-1);
  }
};

inline Tensor negate(const Tensor& x, Location at = Location::current()) { return pointwise(Negate{}, at, x); }
inline Tensor neg(const Tensor& x, Location at = Location::current()) { return negate(x, at); }
inline Tensor positive(const Tensor& x) { return x; }
inline Tensor operator-(const Operand& x) { return pointwise(Negate{}, x.at, x.tensor); }

}  // namespace gradtape
