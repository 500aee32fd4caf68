// log(x / (1 - x)), what sigmoid makes x of: ±∞ at 1 and 0, NaN outside.
#pragma once

#include <optional>

#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/pointwise/clamp.h>

namespace gradtape {

struct Logit {
  static constexpr auto name = "logit";
  static constexpr auto samples = between(0.1, 0.9);

  // By the smaller one of x and 1 - x, which is exact. What its quotient with the other loses to rounding is put back,
  // for near ½ it is most of the result: divided by p, for which 1 / (4 - 4p) does, as it is ½ there.
  template <class Real>
  GT_FN static Real forward(Real x) {
    const auto high = x > Real(0.5);
    const Real p = where(high, Real(1) - x, x), other = Real(1) - p, lost = (Real(1) - other) - p, q = p / other;
    const Real value = fma(Real(4) * other, fma(-q, lost, fma(-q, other, p)), log(q));
    return where(high, -value, value);
  }
  template <class Real>
  GT_FN static Real slope(Real x) {
    return Real(1) / (x * (Real(1) - x));
  }
};

// With eps, x is held between eps and 1 - eps, where the gradient ends.
inline Tensor logit(const Tensor& x, std::optional<double> eps = {}, Location at = Location::current()) {
  return pointwise(Logit{}, at, eps ? clamp(x, *eps, 1 - *eps, at) : x);
}

}  // namespace gradtape
