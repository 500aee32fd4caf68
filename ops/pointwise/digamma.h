// The slope of lgamma, ψ(x) = Γ'(x) / Γ(x): -∞ at 0, and NaN at the negative whole numbers.
#pragma once

#include <gradtape/ops/half_turns.h>
#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/pointwise/polygamma.h>

namespace gradtape {

struct Digamma {
  static constexpr auto name = "digamma";
  static constexpr auto samples = between(0.3, 6);

  // ψ(x) = ψ(x + N) - Σ 1/(x + k), where the sum of N parts has one division, and ψ(x + N) is log - 1/2x - P(1/x²)/x²;
  // below ½ by ψ(x) = ψ(1 - x) - π cot(πx).
  template <class Real>
  GT_FN static Real forward(Real x) {
    constexpr int steps = is_single<Real> ? 3 : 8;
    const auto reflected = x < Real(0.5);
    const Real y = where(reflected, Real(1) - x, x), end = Real(is_single<Real> ? 1e7 : 1e30);
    const Real held = where(y > end, end, y);
    Real product = held, sum = Real(1);
    for (int k = 1; k < steps; ++k) {
      sum = fma(sum, held + Real(k), product);
      product = product * (held + Real(k));
    }
    const Real above = y + Real(steps), t = Real(1) / above, z = t * t;
    Real series;
    if constexpr (is_single<Real>) series = polynomial(z, 0.0833332752, -0.00832041628, 0.00352799796);
    else
      series = polynomial(z, 0.083333333333333107, -0.00833333333212289, 0.0039682529428592657, -0.0041663472903858889,
                          0.0075303639713829463, -0.018050763047782383);
    const Real value = log(above) - fma(z, series, Real(0.5) * t) - sum / product;

    const Real r = x - nearest_whole(x), sine = sine_of_half_turns(r);
    const Real cotangent =
        where((r == Real(0)) & (x < Real(0)), Real(__builtin_nan("")), cosine_of_half_turns(r) / sine);
    return where(reflected, fma(Real(-3.1415926535897932), cotangent, value), value);
  }
  template <class Real>
  GT_FN static Real slope(Real x) {
    return polygamma(1, x);
  }
};

template <FormulaNumber Real>
GT_FN Real digamma(Real x) {
  return Digamma::forward(x);
}
inline Tensor digamma(const Tensor& x, Location at = Location::current()) { return pointwise(Digamma{}, at, x); }

}  // namespace gradtape
