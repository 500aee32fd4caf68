// The logarithm to the base 2, exact where x is a power of 2.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Log2 {
  static constexpr auto name = "log2";
  static constexpr auto samples = between(0.1, 4);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return log2(x);
  }

  template <class Real>
  GT_FN static Real slope(Real x) {
    return Real(1.4426950408889634) / x;
  }
};

inline Tensor log2(const Tensor& x, Location at = Location::current()) { return pointwise(Log2{}, at, x); }

}  // namespace gradtape
