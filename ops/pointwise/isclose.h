// Is a within a tolerance of b?
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct IsClose {
  static constexpr auto name = "isclose";
  static constexpr auto samples = between(-4, 4);
  double rtol = 0.5, atol = 0.5;
  bool equal_nan = false;

  template <class Real>
  GT_FN auto forward(Real a, Real b) const {
    const Real gap = abs(a - b), allowed = Real(atol) + abs(Real(rtol) * b), both_nan = Real(equal_nan);
    return (a == b) | ((gap <= allowed) & (gap < Real(__builtin_inf()))) |
           ((a != a) & (b != b) & (both_nan != Real(0)));
  }
};

// |a - b| ≤ atol + rtol · |b|, element by element: a bool tensor; no gradient flows. Infinities are close to themselves
// alone, NaN to NaN where `equal_nan`. Throws ValueError for a negative tolerance.
Tensor isclose(const Tensor& a, const Tensor& b, double rtol = 1e-5, double atol = 1e-8, bool equal_nan = false,
               Location at = Location::current());
// Are all elements?
bool allclose(const Tensor& a, const Tensor& b, double rtol = 1e-5, double atol = 1e-8, bool equal_nan = false,
              Location at = Location::current());

}  // namespace gradtape
