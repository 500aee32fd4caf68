// The bits that two integers have in common; of two bools, are both true? No gradient flows.
#pragma once

#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/pointwise/logical_and.h>

namespace gradtape {

struct BitwiseAnd {
  static constexpr auto name = "bitwise_and";
  static constexpr auto samples = between(-50, 50);
  static constexpr auto only_integers = "Use gt::logical_and(a, b), which asks whether numbers are 0.";

  template <class Real>
  GT_FN static Real forward(Real a, Real b) {
    return a & b;
  }
};

inline Tensor bitwise_and(const Operand& a, const Operand& b) {
  if (are_bools(a.tensor, b.tensor)) return logical_and(a, b);
  return pointwise(BitwiseAnd{}, a.at, a.tensor, b.tensor);
}
inline Tensor operator&(const Operand& a, const Operand& b) { return bitwise_and(a, b); }

}  // namespace gradtape
