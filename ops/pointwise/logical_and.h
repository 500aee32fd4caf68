// Are both not 0? A bool tensor; no gradient flows.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct LogicalAnd {
  static constexpr auto name = "logical_and";
  static constexpr auto samples = between(-1, 1);
  static constexpr bool integers = true;

  template <class Real>
  GT_FN static auto forward(Real a, Real b) {
    return (a != Real(0)) & (b != Real(0));
  }
};

inline Tensor logical_and(const Operand& a, const Operand& b) {
  return pointwise(LogicalAnd{}, a.at, a.tensor, b.tensor);
}

}  // namespace gradtape
