// Exponential moving averages: y[i] = (1 - weight) · y[i - 1] + weight · x[i] along a dimension.
#pragma once

#include <gradtape/ops/scan.h>

namespace mine {

struct MovingAverage {
  static constexpr auto name = "moving_average";
  static constexpr auto samples = gradtape::between(-2, 2);
  double weight = 0.25;

  // What a part leaves of the average before it, and what it adds.
  template <class Real>
  struct Part {
    Real left, added;
  };
  template <class Real>
  GT_FN Part<Real> start(Real x) const {
    return {Real(1 - weight), Real(weight) * x};
  }
  template <class Real>
  GT_FN static Part<Real> join(Part<Real> before, Part<Real> after) {
    return {before.left * after.left, before.added * after.left + after.added};
  }
  template <class Real>
  GT_FN static Real finish(Part<Real> part) {
    return part.added;
  }
  void gradient(gradtape::Backward& ctx, gradtape::Along along) const {
    ctx.add(0, gradtape::scan(*this, ctx.take_gradient(), along.back(), ctx.where()));
  }
};

inline gradtape::Tensor moving_average(const gradtape::Tensor& x, double weight, int dim = -1,
                                       gradtape::Location at = gradtape::Location::current()) {
  return gradtape::scan(MovingAverage{weight}, x, {dim}, at);
}

}  // namespace mine
