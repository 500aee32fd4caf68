// 1 over the square root.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Rsqrt {
  static constexpr auto name = "rsqrt";
  static constexpr auto samples = between(0.1, 4);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return Real(1) / sqrt(x);
  }

  template <class Real>
  GT_FN static Real slope(Real x) {
    return Real(-0.5) / sqrt(x) / x;  // powers of the output would have its error, many times
  }
};

inline Tensor rsqrt(const Tensor& x, Location at = Location::current()) { return pointwise(Rsqrt{}, at, x); }

}  // namespace gradtape
