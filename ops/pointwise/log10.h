// The logarithm to the base 10, right where x is a power of 10.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Log10 {
  static constexpr auto name = "log10";
  static constexpr auto samples = between(0.1, 4);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return log10(x);
  }

  template <class Real>
  GT_FN static Real slope(Real x) {
    return Real(0.43429448190325182) / x;
  }
};

inline Tensor log10(const Tensor& x, Location at = Location::current()) { return pointwise(Log10{}, at, x); }

}  // namespace gradtape
