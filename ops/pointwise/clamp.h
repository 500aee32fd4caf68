// x held between two bounds; the gradient passes at the bounds.
#pragma once

#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/pointwise/maximum.h>
#include <gradtape/ops/pointwise/minimum.h>

namespace gradtape {

struct Clamp {
  static constexpr auto name = "clamp";
  static constexpr auto samples = between(-3, 3);
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

// Integers stay integers between whole bounds, and every int64 is exact.
inline Tensor clamp(const Tensor& x, Number low, Number high, Location at = Location::current()) {
  if (is_floating(x.dtype()) || !low.is_whole() || !high.is_whole())
    return pointwise(Clamp{low.as_double(), high.as_double()}, at, x);
  const Tensor above = pointwise(Maximum{}, at, x, Tensor(Number(low.as_integer())));
  return pointwise(Minimum{}, at, above, Tensor(Number(high.as_integer()))).to(x.dtype(), at);
}

}  // namespace gradtape
