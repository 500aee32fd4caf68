// One of two tensors, element by element. The branch not taken gets a gradient of exactly 0.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Where {
  static constexpr auto name = "where";
  static constexpr auto samples = between(-4, 4);
  static constexpr bool integers = true;

  template <class Real>
  GT_FN static Real forward(Real condition, Real yes, Real no) {
    return where(condition != Real(0), yes, no);
  }
  // A condition has no slope; the masks are what is left of the branches.
  template <class Real>
  GT_FN static auto slope(Real condition, Real, Real) {
    return Slopes{condition < condition, condition != Real(0), condition == Real(0)};
  }
};

inline Tensor where(const Tensor& condition, const Operand& yes, const Operand& no) {
  return pointwise(Where{}, yes.where, condition, yes.tensor, no.tensor);
}

// x with `value` where the mask is true.
inline Tensor masked_fill(const Tensor& x, const Tensor& mask, double value, Location at = Location::current()) {
  return pointwise(Where{}, at, mask, Tensor(value), x);
}

}  // namespace gradtape
