// a · b + c, rounded once.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Fma {
  static constexpr auto name = "fma";
  static constexpr auto samples = between(-3, 3);

  template <class Real>
  GT_FN static Real forward(Real a, Real b, Real c) {
    return fma(a, b, c);
  }
};

inline Tensor fma(const Operand& a, const Operand& b, const Operand& c) {
  return pointwise(Fma{}, a.at, a.tensor, b.tensor, c.tensor);
}

}  // namespace gradtape
