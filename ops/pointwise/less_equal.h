// Is a smaller than b, or equal? A bool tensor; no gradient flows.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct LessEqual {
  static constexpr auto name = "less_equal";
  static constexpr auto samples = between(-4, 4);
  static constexpr bool integers = true;

  template <class Real>
  GT_FN static auto forward(Real a, Real b) {
    return a <= b;
  }
};

inline Tensor less_equal(const Operand& a, const Operand& b) {
  return pointwise(LessEqual{}, a.at, a.tensor, b.tensor);
}
inline Tensor le(const Operand& a, const Operand& b) { return less_equal(a, b); }
inline Tensor operator<=(const Operand& a, const Operand& b) {
  return pointwise(LessEqual{}, a.at, a.tensor, b.tensor);
}

}  // namespace gradtape
