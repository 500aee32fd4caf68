// x times itself.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Square {
  static constexpr auto name = "square";
  static constexpr auto samples = between(-4, 4);
  static constexpr bool integers = true;

  template <class Real>
  GT_FN static Real forward(Real x) {
    return x * x;
  }

  template <class Real>
  GT_FN static Real slope(Real x) {
    return Real(2) * x;
  }
};

inline Tensor square(const Tensor& x, Location at = Location::current()) { return pointwise(Square{}, at, x); }

}  // namespace gradtape
