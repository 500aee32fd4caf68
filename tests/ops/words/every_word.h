// Two numbers in every word of formulas, without a written slope.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace words {

struct EveryWord {
  static constexpr auto name = "every_word";
  static constexpr auto samples = gradtape::between(0.2, 0.9);
  double share = 0.1;

  template <class Real>
  GT_FN Real forward(Real a, Real b) const {
    const Real powers = exp(b) * log(a) + log1p(a) / expm1(b) + tanh(a) * sigmoid(b) + sqrt(a) + pow(a, b) + erf(a);
    const Real angles = atan(a) + atan2(a, b) - sin(b) * cos(a);
    const Real pieces = abs(a) + floor(b) * a + min(a, b) * max(a, b) + fma(a, b, a) + chain(a, b) + chain(a, a != b);
    const Real numbers = where((a > b) | (a < Real(0.3)), Real(share), Real(3));
    const Real branches = where(!(b >= Real(0.5)), a, Real(share)) + where((a <= b) & !(a == b), b, -a);
    const Real bases = exp2(a) * log2(b) - log10(a),
               rests = round(b) * a + fmod(a + Real(2), Real(1.5) + Real(0.3) * b) + copysign(a, b - Real(0.5));
    return powers + angles + pieces + numbers * a + branches + bases + rests;
  }
};

}  // namespace words
