// Has x a minus sign? -0 has one, and so may a NaN. A bool tensor; no gradient flows.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct SignBit {
  static constexpr auto name = "signbit";
  static constexpr auto samples = between(-4, 4);

  template <class Real>
  GT_FN static auto forward(Real x) {
    return copysign(Real(1), x) < Real(0);
  }
};

inline Tensor signbit(const Tensor& x, Location at = Location::current()) { return pointwise(SignBit{}, at, x); }

}  // namespace gradtape
