// x + value · a · b.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct AddCMul {
  static constexpr auto name = "addcmul";
  static constexpr auto samples = between(-3, 3);
  double value = 0.5;

  template <class Real>
  GT_FN Real forward(Real x, Real a, Real b) const {
    return x + Real(value) * a * b;
  }

  template <class Real>
  GT_FN Slopes<Real, 3> slope(Real, Real a, Real b) const {
    return {Real(1), Real(value) * b, Real(value) * a};
  }
};

// Integers stay integers by a whole value.
Tensor addcmul(const Tensor& x, const Tensor& a, const Tensor& b, Number value = 1, Location at = Location::current());

}  // namespace gradtape
