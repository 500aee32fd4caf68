// The angle whose tangent is x, from -π/2 to π/2.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Atan {
  static constexpr auto name = "atan";
  static constexpr auto samples = between(-4, 4);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return atan(x);
  }
};

inline Tensor atan(const Tensor& x, Location at = Location::current()) { return pointwise(Atan{}, at, x); }

}  // namespace gradtape
