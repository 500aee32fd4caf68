// ½x², and beyond ±delta the line that continues it: delta · (|x| - ½delta) (Huber 1964).
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Huber {
  static constexpr auto name = "huber";
  static constexpr auto samples = between(-3, 3);
  double delta = 1;

  template <class Real>
  GT_FN Real forward(Real x) const {
    const Real held = slope(x);
    return held * (x - Real(0.5) * held);
  }
  template <class Real>
  GT_FN Real slope(Real x) const {
    return min(max(x, Real(-delta)), Real(delta));
  }
};

inline Tensor huber(const Tensor& x, double delta = 1, Location at = Location::current()) {
  return pointwise(Huber{delta}, at, x);
}

}  // namespace gradtape
