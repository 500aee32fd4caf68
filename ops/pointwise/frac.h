// The fraction of x, with its sign; NaN of an infinity. Its slope is 1. Integers have none.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Frac {
  static constexpr auto name = "frac";
  static constexpr auto samples = between(-4, 4);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return x - copysign(floor(abs(x)), x);
  }

  template <class Real>
  GT_FN static Real slope(Real) {
    return Real(1);
  }
};

inline Tensor frac(const Tensor& x, Location at = Location::current()) {
  return is_floating(x.dtype()) ? pointwise(Frac{}, at, x) : zeros_like(x);
}

}  // namespace gradtape
