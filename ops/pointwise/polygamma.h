// The derivatives of digamma.
#pragma once

#include <gradtape/ops/half_turns.h>
#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Polygamma {
  static constexpr auto name = "polygamma";
  static constexpr auto samples = between(0.4, 6);
  static constexpr int highest = 6;  // its slope is computed too
  int n = 1;

  // (-1)ⁿ⁺¹ n! Σ 1/(x + k)ⁿ⁺¹ over all k ≥ 0. Below 0 that is the sum over all whole numbers, which is a derivative of
  // π cot(πx), less the sum of 1 - x.
  template <class Real>
  GT_FN Real forward(Real x) const {
    const auto reflected = x < Real(0);
    const Real sign = Real(n % 2 == 0 ? 1 : -1), sum = sum_from(where(reflected, Real(1) - x, x));
    return -sign * where(reflected, fma(sign, sum, sum_over_all(x)), sum);
  }
  template <class Real>
  GT_FN Real slope(Real x) const {
    return polygamma(n + 1, x);
  }

 private:
  // factor · xⁿ
  template <class Real>
  GT_FN Real times_power(Real factor, Real x) const {
    for (int i = 0; i < n; ++i) factor = factor * x;
    return factor;
  }
  GT_FN static double factorial(int of) {
    double product = 1;
    for (int i = 2; i <= of; ++i) product *= i;
    return product;
  }

  // n! Σ 1/(x + k)ⁿ⁺¹ over k ≥ 0, x ≥ 0: the first parts one by one, the others by Euler and Maclaurin's formula.
  template <class Real>
  GT_FN Real sum_from(Real x) const {
    constexpr int parts = is_single<Real> ? 6 : 12, terms = is_single<Real> ? 5 : 10;
    // B₂ₖ / (2k)!
    constexpr double bernoulli[] = {1 / 12.,
                                    -1 / 720.,
                                    1 / 30240.,
                                    -1 / 1209600.,
                                    1 / 47900160.,
                                    -691 / 1307674368000.,
                                    1 / 74724249600.,
                                    -3617 / 10670622842880000.,
                                    43867 / 5109094217170944000.,
                                    -174611 / 802857662698291200000.};
    Real first = Real(0);
    for (int k = parts - 1; k >= 0; --k) {
      const Real t = Real(1) / (x + Real(k));
      first = first + times_power(t, t);
    }
    const Real t = Real(1) / (x + Real(parts)), z = t * t;
    Real rest = fma(Real(0.5 * n), t, Real(1)), power = z;
    double rising = n;
    for (int k = 0; k < terms; ++k) {
      rising *= n + 2 * k + 1;
      rest = fma(power, Real(bernoulli[k] * rising), rest);
      power = power * z;
      rising *= n + 2 * k + 2;
    }
    return fma(Real(factorial(n)), first, Real(factorial(n - 1)) * times_power(rest, t));
  }

  // n! Σ 1/(x + k)ⁿ⁺¹ over all whole k: πⁿ⁺¹ Qₙ(cos πx) / sinⁿ⁺¹(πx), where Q₁ = 1 and
  // Qₙ₊₁ = (1 - c²) Qₙ' + (n + 1) c Qₙ.
  template <class Real>
  GT_FN Real sum_over_all(Real x) const {
    constexpr double of_squares[][4] = {{1, 0, 0, 0},    {2, 0, 0, 0},      {2, 4, 0, 0},         {16, 8, 0, 0},
                                        {16, 88, 16, 0}, {272, 416, 32, 0}, {272, 2880, 1824, 64}};
    const auto& q = of_squares[n - 1];
    const Real r = x - nearest_whole(x), c = cosine_of_half_turns(r);
    const Real u = Real(3.1415926535897932) / sine_of_half_turns(r);
    const Real value = polynomial(c * c, q[0], q[1], q[2], q[3]) * (n % 2 == 0 ? c : Real(1));
    return times_power(value * u, u);
  }
};

template <FormulaNumber Real>
GT_FN Real polygamma(int n, Real x) {
  return Polygamma{n}.forward(x);
}

// The n-th derivative of digamma, itself for n = 0. Throws ValueError for n below 0 or above 6.
Tensor polygamma(int n, const Tensor& x, Location at = Location::current());

}  // namespace gradtape
