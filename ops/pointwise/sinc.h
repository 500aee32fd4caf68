// sin(πx) / (πx), and 1 at 0, where the slope is 0.
#pragma once

#include <gradtape/ops/half_turns.h>
#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Sinc {
  static constexpr auto name = "sinc";
  static constexpr auto samples = between(-3, 3);

  template <class Real>
  GT_FN static Real forward(Real x) {
    const Real a = abs(x), whole = nearest_whole(a);
    const Real sine = sign_of_half_turns(whole) * sine_of_half_turns(a - whole);
    return where(a < Real(1e-10), Real(1), sine / (Real(3.1415926535897932) * a));
  }
  // (cos(πx) - sinc(x)) / x, near 0 by powers of x², for there it cancels.
  template <class Real>
  GT_FN static Real slope(Real x) {
    const Real a = abs(x), whole = nearest_whole(a), z = x * x;
    const Real cosine = sign_of_half_turns(whole) * cosine_of_half_turns(a - whole);
    Real near;
    if constexpr (is_single<Real>) near = polynomial(z, -3.28986744, 3.24688142, -1.14273958, 0.197753608);
    else
      near = polynomial(z, -3.2898681336964528, 3.2469697011333842, -1.1445109447299391, 0.2091827824590789,
                        -0.02346080906238299, 0.0017811344743129298, -9.7609903127701632e-05, 3.9204814242453545e-06);
    return where(a < Real(0.5), near * x, (cosine - sinc(x)) / x);
  }
};

template <FormulaNumber Real>
GT_FN Real sinc(Real x) {
  return Sinc::forward(x);
}
inline Tensor sinc(const Tensor& x, Location at = Location::current()) { return pointwise(Sinc{}, at, x); }

}  // namespace gradtape
