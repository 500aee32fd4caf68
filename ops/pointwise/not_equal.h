// Does a differ from b? A bool tensor; no gradient flows.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct NotEqual {
  static constexpr auto name = "not_equal";
  static constexpr auto samples = between(-4, 4);
  static constexpr bool integers = true;

  template <class Real>
  GT_FN static auto forward(Real a, Real b) {
    return a != b;
  }
};

inline Tensor not_equal(const Operand& a, const Operand& b) { return pointwise(NotEqual{}, a.at, a.tensor, b.tensor); }
inline Tensor ne(const Operand& a, const Operand& b) { return not_equal(a, b); }
inline Tensor operator!=(const Operand& a, const Operand& b) { return pointwise(NotEqual{}, a.at, a.tensor, b.tensor); }

}  // namespace gradtape
