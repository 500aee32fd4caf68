// x with numbers in place of NaN and the infinities, where no gradient flows.
#pragma once

#include <optional>

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct NanToNum {
  static constexpr auto name = "nan_to_num";
  static constexpr auto samples = between(-4, 4);
  double nan = 0, posinf = 3e38, neginf = -3e38;

  template <class Real>
  GT_FN Real forward(Real x) const {
    const Real finite_or_nan =
        where(x == Real(__builtin_inf()), Real(posinf), where(x == Real(-__builtin_inf()), Real(neginf), x));
    return where(x != x, Real(nan), finite_or_nan);
  }

  template <class Real>
  GT_FN static auto slope(Real x) {
    return abs(x) < Real(__builtin_inf());
  }
};

// Infinities without a number become the largest and the least one of the type. Integers stay what they are.
Tensor nan_to_num(const Tensor& x, double nan = 0, std::optional<double> posinf = {}, std::optional<double> neginf = {},
                  Location at = Location::current());

}  // namespace gradtape
