// x held between two bounds; the gradient passes at the bounds.
#pragma once

#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/promotion.h>

namespace gradtape {

struct Clamp {
  static constexpr auto name = "clamp";
  static constexpr auto samples = between(-3, 3);
  static constexpr bool integers = true;
  double low = -1, high = 1;  // not called min and max: a member of that name would hide the word

  template <class Real>
  GT_FN Real forward(Real x) const {
    return min(max(x, Real(low)), Real(high));
  }
  template <class Real>
  GT_FN auto slope(Real x) const {
    return (x >= Real(low)) & (x <= Real(high));
  }
};

// Integers stay integers between whole bounds.
inline Tensor clamp(const Tensor& x, double low, double high, Location where = Location::current()) {
  const bool to_float = !is_floating(x.dtype()) && !(is_whole(low) && is_whole(high));
  return pointwise(Clamp{low, high}, where, to_float ? x.to(float32) : x);
}

}  // namespace gradtape
