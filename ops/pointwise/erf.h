// The error function.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Erf {
  static constexpr auto name = "erf";
  static constexpr auto samples = between(-3, 3);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return erf(x);
  }

  template <class Real>
  GT_FN static Real slope(Real x) {
    return Real(1.1283791670955126) * gaussian(x) * gaussian(x);  // 2/√π · exp(-x²)
  }
};

inline Tensor erf(const Tensor& x, Location where = Location::current()) { return pointwise(Erf{}, where, x); }

}  // namespace gradtape
