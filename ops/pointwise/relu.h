// x where it is positive, else 0; slope 0 at 0.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Relu {
  static constexpr auto name = "relu";
  static constexpr auto samples = between(-4, 4);
  static constexpr bool integers = true;

  template <class Real>
  GT_FN static Real forward(Real x) {
    return max(x, Real(0));
  }

  template <class Real>
  GT_FN static auto slope(Real x) {
    return x > Real(0);
  }
};

inline Tensor relu(const Tensor& x, Location at = Location::current()) { return pointwise(Relu{}, at, x); }

}  // namespace gradtape
