// The largest whole number that is not above x; no gradient flows. Integers stay what they are.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Floor {
  static constexpr auto name = "floor";
  static constexpr auto samples = between(-4, 4);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return floor(x);
  }
};

inline Tensor floor(const Tensor& x, Location at = Location::current()) {
  return is_floating(x.dtype()) ? pointwise(Floor{}, at, x) : x;
}

}  // namespace gradtape
