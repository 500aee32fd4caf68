// Angles in half turns, whose whole ones are taken off without a rounding.
#pragma once

#include <gradtape/ops/vocabulary.h>

namespace gradtape {

// The whole number nearest to x. What is added is the number below ½: ½ itself would carry large odd numbers on.
template <class Real>
GT_FN Real nearest_whole(Real x) {
  return floor(x + Real(is_single<Real> ? 0.49999997 : 0.49999999999999994));
}

// sin(πr) for |r| ≤ ½. π is rounded down, so that the rest of it is positive, and -0 its own sine.
template <class Real>
GT_FN Real sine_of_half_turns(Real r) {
  const Real z = r * r, pi = Real(is_single<Real> ? 3.1415925025939941 : 3.1415926535897931);
  Real rest;  // sin(πr) / r less that
  if constexpr (is_single<Real>)
    rest = polynomial(z, 1.50995799e-7, -5.16771256, 2.55013613, -0.598704858, 0.078539715);
  else
    rest = polynomial(z, 1.2246467991473532e-16, -5.1677127800499703, 2.5501640398773402, -0.59926452932034302,
                      0.082145886596752316, -0.0073704307196345862, 0.00046630087411496363, -2.1906201655131958e-05,
                      7.725743030789876e-07);
  return fma(r, pi, r * rest);
}

// cos(πr) for |r| ≤ ½.
template <class Real>
GT_FN Real cosine_of_half_turns(Real r) {
  return sine_of_half_turns(Real(0.5) - abs(r));
}

// 1 for an even whole number, -1 for an odd one.
template <class Real>
GT_FN Real sign_of_half_turns(Real whole) {
  const Real half = Real(0.5) * whole;
  return Real(1) - Real(4) * (half - floor(half));
}

}  // namespace gradtape
