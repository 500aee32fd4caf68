// The bits that one of two integers has and the other has not; of two bools, do they differ? No gradient flows.
#pragma once

#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/pointwise/logical_xor.h>

namespace gradtape {

struct BitwiseXor {
  static constexpr auto name = "bitwise_xor";
  static constexpr auto samples = between(-50, 50);
  static constexpr auto only_integers = "Use gt::logical_xor(a, b), which asks whether numbers are 0.";

  template <class Real>
  GT_FN static Real forward(Real a, Real b) {
    return a ^ b;
  }
};

inline Tensor bitwise_xor(const Operand& a, const Operand& b) {
  if (are_bools(a.tensor, b.tensor)) return logical_xor(a, b);
  return pointwise(BitwiseXor{}, a.at, a.tensor, b.tensor);
}
inline Tensor operator^(const Operand& a, const Operand& b) { return bitwise_xor(a, b); }

}  // namespace gradtape
