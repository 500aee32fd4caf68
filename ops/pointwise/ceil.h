// The smallest whole number that is not below x; its slope is 0. Integers stay what they are.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Ceil {
  static constexpr auto name = "ceil";
  static constexpr auto samples = between(-4, 4);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return -floor(-x);
  }
};

inline Tensor ceil(const Tensor& x, Location at = Location::current()) {
  return is_floating(x.dtype()) ? pointwise(Ceil{}, at, x) : x;
}

}  // namespace gradtape
