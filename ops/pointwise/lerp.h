// From `start` to `end` by a weight: start + weight · (end - start), and the end itself at weight 1.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Lerp {
  static constexpr auto name = "lerp";
  static constexpr auto samples = between(-2, 2);

  template <class Real>
  GT_FN static Real forward(Real start, Real end, Real weight) {
    const Real way = end - start;
    return where(abs(weight) < Real(0.5), fma(weight, way, start), fma(weight - Real(1), way, end));
  }

  template <class Real>
  GT_FN static Slopes<Real, 3> slope(Real start, Real end, Real weight) {
    return {Real(1) - weight, weight, end - start};
  }
};

inline Tensor lerp(const Operand& start, const Operand& end, const Operand& weight) {
  return pointwise(Lerp{}, start.at, start.tensor, end.tensor, weight.tensor);
}

}  // namespace gradtape
