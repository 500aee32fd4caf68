// One of two tensors, element by element. The branch not taken gets a gradient of exactly 0.
#pragma once

#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/pointwise/not_equal.h>

namespace gradtape {

// Anything as true or false.
inline Tensor as_mask(const Tensor& x, Location at) {
  return !x.defined() || x.dtype() == DType::boolean ? x : pointwise(NotEqual{}, at, x.detach(), Tensor(Number(0)));
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

// `yes` where the condition is true, or a number other than 0. The condition has no say in the type, and no gradient
// flows to it.
inline Tensor where(const Tensor& condition, const Operand& yes, const Operand& no) {
  return pointwise(Where{}, yes.at, as_mask(condition, yes.at), yes.tensor, no.tensor);
}

// The same for tensors, and the word of formulas: where both branches are numbers of a formula, so is the result, which
// takes the type of what it meets; a condition that is one chooses the whole branch.
Tensor where(const Tensor& condition, const Tensor& yes, const Tensor& no, Location at = Location::current());

// x with `value` where the mask is true. A whole value leaves integers what they are.
inline Tensor masked_fill(const Tensor& x, const Tensor& mask, Number value, Location at = Location::current()) {
  const bool stays_integer = x.defined() && !is_floating(x.dtype()) && value.is_whole();
  return pointwise(Where{}, at, as_mask(mask, at), Tensor(stays_integer ? value.as_integer() : value), x);
}
// The same for a tensor of one number and of no dimension, which takes x's type.
Tensor masked_fill(const Tensor& x, const Tensor& mask, const Tensor& value, Location at = Location::current());

}  // namespace gradtape
