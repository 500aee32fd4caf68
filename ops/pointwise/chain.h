// The chain rule's own product: g · slope, and 0 where g is 0 whatever the slope.
#pragma once

#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/pointwise/where.h>

namespace gradtape {

struct Chain {
  static constexpr auto name = "chain";
  static constexpr auto samples = between(-4, 4);

  template <class Real>
  GT_FN static Real forward(Real g, Real slope) {
    return chain(g, slope);
  }
  // Plain, never those of a `where`: the product still changes with g where g is 0.
  template <class Real>
  GT_FN static Slopes<Real, 2> slope(Real g, Real slope) {
    return {slope, g};
  }
};

// Is it a formula's own constant?
inline bool is_constant(const Tensor& x, double number) {
  const Body* body = x.body();
  return body->weak && body->tape == 0 && *reinterpret_cast<const double*>(body->data) == number;
}

// A slope that is a mask picks; the formula's constants 0 and 1 leave no record.
inline Tensor chain(const Tensor& g, const Tensor& slope, Location at = Location::current()) {
  if (slope.dtype() == DType::boolean) return pointwise(Where{}, at, slope, g, Tensor(0.0));
  if (is_constant(g, 0) || is_constant(slope, 1)) return g;
  return is_constant(g, 1) ? slope : pointwise(Chain{}, at, g, slope);
}

}  // namespace gradtape
