// x + value · a / b.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct AddCDiv {
  static constexpr auto name = "addcdiv";
  static constexpr auto samples = between(0.5, 3);
  double value = 0.5;

  template <class Real>
  GT_FN Real forward(Real x, Real a, Real b) const {
    return x + Real(value) * a / b;
  }

  template <class Real>
  GT_FN Slopes<Real, 3> slope(Real, Real a, Real b) const {
    return {Real(1), Real(value) / b, -(Real(value) * a / b) / b};
  }
};

// Integers are taken as float32.
inline Tensor addcdiv(const Tensor& x, const Tensor& a, const Tensor& b, double value = 1,
                      Location at = Location::current()) {
  return pointwise(AddCDiv{value}, at, x, a, b);
}

}  // namespace gradtape
