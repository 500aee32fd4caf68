// One of two tensors, element by element. The branch not taken gets a gradient of exactly 0.
#pragma once

#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/pointwise/not_equal.h>
#include <gradtape/ops/promotion.h>

namespace gradtape {

// Anything as true or false.
inline Tensor as_mask(const Tensor& x, Location at) {
  return !x.defined() || x.dtype() == DType::boolean ? x : pointwise(NotEqual{}, at, x.detach(), Tensor(0.0, true));
}

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

// `yes` where the condition is true, or a number other than 0. The condition has no say in the type, and no gradient flows to it.
inline Tensor where(const Tensor& condition, const Operand& yes, const Operand& no) {
  return pointwise(Where{}, yes.where, as_mask(condition, yes.where), yes.tensor, no.tensor);
}

// x with `value` where the mask is true. A whole value leaves integers what they are.
inline Tensor masked_fill(const Tensor& x, const Tensor& mask, double value, Location at = Location::current()) {
  return pointwise(Where{}, at, as_mask(mask, at), Tensor(value, is_whole(value)), x);
}

}  // namespace gradtape
