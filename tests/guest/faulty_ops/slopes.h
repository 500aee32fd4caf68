// Slopes that are wrong, the second by a NaN where the differences have a number. The third is right.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace faulty {

struct Doubled {
  static constexpr auto name = "doubled";
  static constexpr auto samples = gradtape::between(-1, 1);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return x + x;
  }
  template <class Real>
  GT_FN static Real slope(Real) {
    return Real(3);
  }
};

struct OneSided {
  static constexpr auto name = "one_sided";
  static constexpr auto samples = gradtape::between(-1, 1);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return Real(0.5) * x * x;
  }
  template <class Real>
  GT_FN static Real slope(Real x) {
    return where(x < Real(-0.5), log(x), x);
  }
};

struct Right {
  static constexpr auto name = "right";
  static constexpr auto samples = gradtape::between(-1, 1);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return x * x * x;
  }
};

}  // namespace faulty
