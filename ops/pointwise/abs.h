// The size of x without its sign; slope 0 at 0.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Abs {
  static constexpr auto name = "abs";
  static constexpr auto samples = between(-4, 4);
  static constexpr bool integers = true;

  template <class Real>
  GT_FN static Real forward(Real x) {
    return abs(x);
  }

  template <class Real>
  GT_FN static Real slope(Real x) {
    return where(x > Real(0), Real(1), where(x < Real(0), Real(-1), Real(0)));
  }
};

inline Tensor abs(const Tensor& x, Location at = Location::current()) { return pointwise(Abs{}, at, x); }
inline Tensor absolute(const Tensor& x, Location at = Location::current()) { return abs(x, at); }

}  // namespace gradtape
