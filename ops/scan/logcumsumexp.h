// log(exp(x₀) + … + exp(xᵢ)) along a dimension; overflows nowhere, and its gradient is 0 where all are -inf.
#pragma once

#include <gradtape/ops/scan.h>

namespace gradtape {

struct Logcumsumexp {
  static constexpr auto name = "logcumsumexp";
  static constexpr auto samples = between(-2, 2);
  static constexpr unsigned keeps = 0b11;

  template <class Real>
  struct State {
    Real top, sum;  // of exp(x - top)
  };
  template <class Real>
  GT_FN static State<Real> start(Real x) {
    return {x, Real(1)};
  }
  template <class Real>
  GT_FN static State<Real> join(State<Real> before, State<Real> after) {
    // Equal tops may be infinite: their difference is none. A NaN is the top.
    const Real top = max(before.top, after.top);
    const auto level = before.top == after.top, rises = before.top < after.top;
    const Real lower = min(before.top, after.top), part = where(level, Real(1), exp(lower - top));
    const Real own = where(rises, after.sum, before.sum), other = where(rises, before.sum, after.sum);
    return {top, fma(other, part, own)};
  }
  template <class Real>
  GT_FN static Real finish(State<Real> state) {
    return state.top + log(state.sum);
  }
  // The slope of yₖ by xᵢ is exp(xᵢ - yᵢ) times all exp(yⱼ₋₁ - yⱼ) up to k, none of which is above 1.
  static void gradient(Backward& ctx, Along along);
};

inline Tensor logcumsumexp(const Tensor& x, int dim, Location at = Location::current()) {
  return scan(Logcumsumexp{}, x, {dim}, at);
}

}  // namespace gradtape
