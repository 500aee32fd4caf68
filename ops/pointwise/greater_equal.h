// Is a larger than b, or equal? A bool tensor; no gradient flows.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct GreaterEqual {
  static constexpr auto name = "greater_equal";
  static constexpr auto samples = between(-4, 4);
  static constexpr bool integers = true;

  template <class Real>
  GT_FN static auto forward(Real a, Real b) {
    return a >= b;
  }
};

inline Tensor greater_equal(const Operand& a, const Operand& b) {
  return pointwise(GreaterEqual{}, a.at, a.tensor, b.tensor);
}
inline Tensor ge(const Operand& a, const Operand& b) { return greater_equal(a, b); }
inline Tensor operator>=(const Operand& a, const Operand& b) {
  return pointwise(GreaterEqual{}, a.at, a.tensor, b.tensor);
}

}  // namespace gradtape
