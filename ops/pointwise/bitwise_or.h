// The bits that either of two integers has; of two bools, is one true? No gradient flows.
#pragma once

#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/pointwise/logical_or.h>

namespace gradtape {

struct BitwiseOr {
  static constexpr auto name = "bitwise_or";
  static constexpr auto samples = between(-50, 50);
  static constexpr auto only_integers = "Use gt::logical_or(a, b), which asks whether numbers are 0.";

  template <class Real>
  GT_FN static Real forward(Real a, Real b) {
    return a | b;
  }
};

inline Tensor bitwise_or(const Operand& a, const Operand& b) {
  if (are_bools(a.tensor, b.tensor)) return logical_or(a, b);
  return pointwise(BitwiseOr{}, a.at, a.tensor, b.tensor);
}
inline Tensor operator|(const Operand& a, const Operand& b) { return bitwise_or(a, b); }

}  // namespace gradtape
