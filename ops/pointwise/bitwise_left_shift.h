// a · 2ᵇ, as bits that go out at the top. A shift by more bits than the type has, or by fewer than none, leaves none.
// No gradient flows.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct BitwiseLeftShift {
  static constexpr auto name = "bitwise_left_shift";
  static constexpr auto samples = between(-3, 40);
  static constexpr auto only_integers = "Use gt::multiply(a, gt::exp2(b)).";
  static constexpr auto not_for_bool = "Make it integers: x.to(gt::int64).";

  template <class Real>
  GT_FN static Real forward(Real a, Real b) {
    return a << b;
  }
};

inline Tensor bitwise_left_shift(const Operand& a, const Operand& b) {
  return pointwise(BitwiseLeftShift{}, a.at, a.tensor, b.tensor);
}
inline Tensor operator<<(const Operand& a, const Operand& b) { return bitwise_left_shift(a, b); }

}  // namespace gradtape
