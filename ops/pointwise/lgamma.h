// log |Γ(x)|: ∞ at 0 and at the negative whole numbers.
#pragma once

#include <gradtape/ops/half_turns.h>
#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/pointwise/digamma.h>

namespace gradtape {

struct Lgamma {
  static constexpr auto name = "lgamma";
  static constexpr auto samples = between(0.3, 6);

  // Lanczos' formula (1964): Γ(x) = (x + c)^(x-½) exp(½-x) P(x) / Q(x), with Q = x (x + 1) (x + 2) …; below ½ by
  // Γ(x) Γ(1 - x) = π / sin(πx). A tiny x is made larger before its logarithm is taken, or it has no digits. Near its
  // zeros 1 and 2 the result is right to a rounding of 1 only, at them it is 0.
  template <class Real>
  GT_FN static Real forward(Real x) {
    const auto reflected = x < Real(0.5);
    const Real y = where(reflected, Real(1) - x, x), end = Real(is_single<Real> ? 1e7 : 1e30);
    const Real held = where(y > end, end, y);
    Real c, p, q;
    if constexpr (is_single<Real>) {
      c = Real(3);
      p = polynomial(held, 2.10108334, 2.08183653, 0.687550413, 0.0756936143);
      q = held * polynomial(held, 2, 3, 1);
    } else {
      c = Real(7);
      p = polynomial(held, 8087.8356122032646, 9229.5136810982131, 4607.9010457084778, 1314.5867419879432,
                     234.39873132551588, 26.748608171936034, 1.9077749877842063, 0.077752638956305062,
                     0.0013863769204690379);
      q = held * polynomial(held, 5040, 13068, 13132, 6769, 1960, 322, 28, 1);
    }
    const Real r = abs(x - nearest_whole(x)), sine = Real(0.31830988618379067) * sine_of_half_turns(r);  // 1/π
    const auto tiny = abs(x) < Real(1e-30);
    const Real part = p / q * where(reflected, where(tiny, Real(0x1p64) * x, sine), Real(1));
    const Real rest = log(abs(part)) - where(tiny, Real(44.361419555836500), Real(0));  // 64 log 2
    const Real sum = fma(y - Real(0.5), log(y + c) - Real(1), rest);
    const Real size = where(x == Real(1), Real(0), where(x == Real(2), Real(0), sum));
    return where(reflected, where(sine > Real(0), -size, Real(__builtin_inf())), size);
  }
  template <class Real>
  GT_FN static Real slope(Real x) {
    return digamma(x);
  }
};

inline Tensor lgamma(const Tensor& x, Location at = Location::current()) { return pointwise(Lgamma{}, at, x); }

}  // namespace gradtape
