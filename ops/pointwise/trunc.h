// x without its fraction, which is the whole number next to it on the side of 0; its slope is 0. Integers stay what
// they are.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Trunc {
  static constexpr auto name = "trunc";
  static constexpr auto samples = between(-4, 4);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return copysign(floor(abs(x)), x);
  }
};

inline Tensor trunc(const Tensor& x, Location at = Location::current()) {
  return is_floating(x.dtype()) ? pointwise(Trunc{}, at, x) : x;
}
inline Tensor fix(const Tensor& x, Location at = Location::current()) { return trunc(x, at); }

}  // namespace gradtape
