// The natural logarithm.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Log {
  static constexpr auto name = "log";
  static constexpr auto samples = between(0.1, 4);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return log(x);
  }

  template <class Real>
  GT_FN static Real slope(Real x) {
    return Real(1) / x;
  }
};

inline Tensor log(const Tensor& x, Location at = Location::current()) { return pointwise(Log{}, at, x); }

}  // namespace gradtape
