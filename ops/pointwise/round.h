// The whole number nearest to x, and of two the even one; its slope is 0. Integers stay what they are.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Round {
  static constexpr auto name = "round";
  static constexpr auto samples = between(-4, 4);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return round(x);
  }
};

inline Tensor round(const Tensor& x, Location at = Location::current()) {
  return is_floating(x.dtype()) ? pointwise(Round{}, at, x) : x;
}
// To so many decimals; negative ones round to tens, hundreds, …, integers too.
Tensor round(const Tensor& x, int decimals, Location at = Location::current());

}  // namespace gradtape
