// Is x 0? A bool tensor; no gradient flows.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct LogicalNot {
  static constexpr auto name = "logical_not";
  static constexpr auto samples = between(-1, 1);
  static constexpr bool integers = true;

  template <class Real>
  GT_FN static auto forward(Real x) {
    return x == Real(0);
  }
};

inline Tensor logical_not(const Tensor& x, Location at = Location::current()) { return pointwise(LogicalNot{}, at, x); }
inline Tensor operator!(const Operand& x) { return pointwise(LogicalNot{}, x.at, x.tensor); }

}  // namespace gradtape
