// Is a smaller than b? A bool tensor; no gradient flows.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Less {
  static constexpr auto name = "less";
  static constexpr auto samples = between(-4, 4);
  static constexpr bool integers = true;

  template <class Real>
  GT_FN static auto forward(Real a, Real b) {
    return a < b;
  }
};

inline Tensor less(const Operand& a, const Operand& b) { return pointwise(Less{}, a.at, a.tensor, b.tensor); }
inline Tensor lt(const Operand& a, const Operand& b) { return less(a, b); }
inline Tensor operator<(const Operand& a, const Operand& b) { return pointwise(Less{}, a.at, a.tensor, b.tensor); }

}  // namespace gradtape
