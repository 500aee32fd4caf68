// Ops that are NaN in one type and a number in the other.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace faulty {

struct NanInFloat32 {
  static constexpr auto name = "nan_in_float32";
  static constexpr auto samples = gradtape::between(100, 200);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return exp(x) / exp(x);
  }
};

struct NanInFloat64 {
  static constexpr auto name = "nan_in_float64";
  static constexpr auto samples = gradtape::between(0, 0);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return x + sqrt(Real(-1e-60));
  }  // 0 in float32
};

}  // namespace faulty
