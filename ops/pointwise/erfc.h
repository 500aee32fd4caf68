// 1 - erf(x), with full accuracy however small.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Erfc {
  static constexpr auto name = "erfc";
  static constexpr auto samples = between(-3, 3);

  // exp(-x²) / (|x| + c) times a polynomial in (|x| - c) / (|x| + c) (Shepherd and Laframboise 1981). What x² loses to
  // rounding is put back, for exp makes it many times larger, and what 1 / (|x| + c) loses; beyond 28 all is 0.
  template <class Real>
  GT_FN static Real forward(Real x) {
    const Real a = where(abs(x) > Real(28), Real(28), abs(x)), c = Real(4), sum = a + c, u = Real(1) / sum;
    const Real more = fma(-u, sum, Real(1)) - u * (a - (sum - c)), twice = Real(8) * u;  // u (1 + more) is the quotient
    const Real t = fma(-twice, more, Real(1) - twice), square = a * a, e = exp(-square);
    Real p;
    if constexpr (is_single<Real>)
      p = polynomial(t, 1.09599566, -0.976548736, 0.773208858, -0.540853264, 0.330848654, -0.174022892, 0.0763924416,
                     -0.0262833649, 0.00617503474, -0.000451516933, -0.000780422755);
    else
      p = polynomial(t, 1.0959956610004911, -0.97654872908088197, 0.7732087022652453, -0.54085383131323195,
                     0.33085158787757318, -0.17401093724020053, 0.076381514918516469, -0.026370053333114825,
                     0.0061120555575007443, -0.00028095895811158789, -0.0004550520850287462, 0.00017681347792436317,
                     -3.6373680946177841e-06, -1.88636825726794e-05, 4.699262077965546e-06, 1.4314173217233973e-06,
                     -8.5222799093562525e-07, -8.6674667999435916e-08, 1.2738540695049036e-07, 1.0296397494415425e-08,
                     -1.490396715699329e-08, -3.2271317841440052e-09);
    const Real tail = fma(-e, fma(a, a, -square), e) * fma(p * u, more, p * u);
    return where(x < Real(0), Real(2) - tail, tail);
  }
  template <class Real>
  GT_FN static Real slope(Real x) {
    return -slope_of_erf(x);
  }
};

inline Tensor erfc(const Tensor& x, Location at = Location::current()) { return pointwise(Erfc{}, at, x); }

}  // namespace gradtape
