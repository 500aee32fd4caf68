// hᵢ = aᵢ · hᵢ₋₁ + bᵢ along a dimension, from h₋₁ = 0: filters, moving averages, discounted sums. Where h is 0 it stays
// so, whatever it is multiplied by.
#pragma once

#include <gradtape/ops/scan.h>

namespace gradtape {

struct LinearRecurrence {
  static constexpr auto name = "linear_recurrence";
  static constexpr auto samples = between(-1, 1);
  static constexpr double nothing = 0;

  // What becomes of h over a part: times · h + plus. (Over a long part `times` may overflow, where nothing has come
  // before.)
  template <class Real>
  struct Change {
    Real times, plus;
  };
  template <class Real>
  GT_FN static Change<Real> start(Real a, Real b) {
    return {a, b};
  }
  template <class Real>
  GT_FN static Change<Real> join(Change<Real> before, Change<Real> after) {
    return {before.times * after.times, chain(before.plus, after.times) + after.plus};
  }
  template <class Real>
  GT_FN static Real finish(Change<Real> change) {
    return change.plus;
  }
  template <class Real>
  GT_FN static Slopes<Real, 2> slopes(Real a, Real before, Real) {
    return {a, before};
  }
};

// a and b broadcast.
inline Tensor linear_recurrence(const Tensor& a, const Tensor& b, int dim = -1, Location at = Location::current()) {
  return scan(LinearRecurrence{}, a, b, {dim}, at);
}

}  // namespace gradtape
