// Is a larger than b? A bool tensor; no gradient flows.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Greater {
  static constexpr auto name = "greater";
  static constexpr auto samples = between(-4, 4);
  static constexpr bool integers = true;

  template <class Real>
  GT_FN static auto forward(Real a, Real b) {
    return a > b;
  }
};

inline Tensor greater(const Operand& a, const Operand& b) { return pointwise(Greater{}, a.at, a.tensor, b.tensor); }
inline Tensor gt(const Operand& a, const Operand& b) { return greater(a, b); }
inline Tensor operator>(const Operand& a, const Operand& b) { return pointwise(Greater{}, a.at, a.tensor, b.tensor); }

}  // namespace gradtape
