// x / (1 + |x|): -1 and 1 at the infinities, with slope 0.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Softsign {
  static constexpr auto name = "softsign";
  static constexpr auto samples = between(-4, 4);

  template <class Real>
  GT_FN static Real forward(Real x) {
    const Real held = finite(x);
    return held / (Real(1) + abs(held));
  }
  template <class Real>
  GT_FN static Real slope(Real x) {
    const Real part = Real(1) / (Real(1) + abs(x));
    return part * part;
  }
};

inline Tensor softsign(const Tensor& x, Location at = Location::current()) { return pointwise(Softsign{}, at, x); }

}  // namespace gradtape
