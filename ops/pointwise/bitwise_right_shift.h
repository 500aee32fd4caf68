// a / 2ᵇ, rounded down. A shift by more bits than the type has, or by fewer than none, leaves its sign alone: 0 or -1.
// No gradient flows.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct BitwiseRightShift {
  static constexpr auto name = "bitwise_right_shift";
  static constexpr auto samples = between(-3, 40);
  static constexpr auto only_integers = "Use gt::divide(a, gt::exp2(b)).";
  static constexpr auto not_for_bool = "Make it integers: x.to(gt::int64).";

  template <class Real>
  GT_FN static Real forward(Real a, Real b) {
    return a >> b;
  }
};

inline Tensor bitwise_right_shift(const Operand& a, const Operand& b) {
  return pointwise(BitwiseRightShift{}, a.at, a.tensor, b.tensor);
}
inline Tensor operator>>(const Operand& a, const Operand& b) { return bitwise_right_shift(a, b); }

}  // namespace gradtape
