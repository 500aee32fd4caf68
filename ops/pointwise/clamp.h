// x held between two bounds; the gradient passes at the bounds.
#pragma once

#include <gradtape/ops/pointwise.h>

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

inline Tensor clamp(const Tensor& x, double low, double high, Location where = Location::current()) { return pointwise(Clamp{low, high}, where, x); }

}  // namespace gradtape
