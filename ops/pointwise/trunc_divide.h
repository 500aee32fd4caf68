// a / b without its fraction; its slopes are 0. Integers stay integers. What divide() does with Rounding::trunc.
#pragma once

#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/pointwise/trunc.h>

namespace gradtape {

struct TruncDivide {
  static constexpr auto name = "divide";
  static constexpr auto samples = between(0.5, 4);
  static constexpr bool integers = true;
  static constexpr auto not_for_bool = "Make it integers: x.to(gt::int64).";

  template <class Real>
  GT_FN static Real forward(Real a, Real b) {
    if constexpr (reads_integers<Real>) return a / b;
    else return Trunc::forward(a / b);
  }

  template <class Real>
  GT_FN static Slopes<Real, 2> slope(Real, Real) {
    return {Real(0), Real(0)};
  }
};

}  // namespace gradtape
