// log(exp(x₀) + … + exp(xᵢ)) along a dimension; overflows nowhere, and its gradient is 0 where all are -inf.
#pragma once

#include <cmath>

#include <gradtape/ops/scan.h>

namespace gradtape {

struct Logcumsumexp {
  static constexpr auto name = "logcumsumexp";
  static constexpr auto samples = between(-2, 2);
  static constexpr double nothing = -INFINITY;

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
  // What of the sum came before, and what x adds to it: neither is above 1.
  template <class Real>
  GT_FN static Slopes<Real, 2> slopes(Real x, Real before, Real y) {
    return {part_of(before, y), part_of(x, y)};
  }
  // exp(x - y) for x ≤ y: of an infinity all, of nothing 0.
  template <class Real>
  GT_FN static Real part_of(Real x, Real y) {
    return where(x == Real(INFINITY), Real(1), where(y == Real(-INFINITY), Real(0), exp(x - y)));
  }
};

inline Tensor logcumsumexp(const Tensor& x, int dim, Location at = Location::current()) {
  return scan(Logcumsumexp{}, x, {dim}, at);
}

}  // namespace gradtape
