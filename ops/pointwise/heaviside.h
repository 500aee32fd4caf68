// 0 below 0, 1 above, and `values` at 0; a NaN stays. No gradient flows.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Heaviside {
  static constexpr auto name = "heaviside";
  static constexpr auto samples = between(-4, 4);
  static constexpr bool integers = true;
  static constexpr bool differentiable = false;

  template <class Real>
  GT_FN static Real forward(Real x, Real values) {
    return where(x == Real(0), values, where(x > Real(0), Real(1), where(x < Real(0), Real(0), x)));
  }
};

inline Tensor heaviside(const Operand& x, const Operand& values) {
  return pointwise(Heaviside{}, x.at, x.tensor, values.tensor);
}

}  // namespace gradtape
