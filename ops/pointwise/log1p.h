// log(1 + x), with full accuracy near 0.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Log1p {
  static constexpr auto name = "log1p";
  static constexpr auto samples = between(-0.5, 4);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return log1p(x);
  }

  template <class Real>
  GT_FN static Real slope(Real x) {
    return Real(1) / (Real(1) + x);
  }
};

inline Tensor log1p(const Tensor& x, Location at = Location::current()) { return pointwise(Log1p{}, at, x); }

}  // namespace gradtape
