// The chain rule's own product: g · slope, and 0 where g is 0 whatever the slope.
#pragma once

#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/pointwise/where.h>
#include <gradtape/ops/promotion.h>

namespace gradtape {

// A number that a gradient is multiplied by; when it is a gradient too, its zeros stay as well.
template <class Real>
struct Factor {
  Real value;
  bool is_gradient;

  GT_FN operator Real() const { return value; }
  GT_FN friend Real chain(Real g, Factor factor) {
    const Real product = chain(g, factor.value);
    return factor.is_gradient ? where(factor.value == Real(0), Real(0), product) : product;
  }
};

struct Chain {
  static constexpr auto name = "chain";
  static constexpr auto samples = between(-4, 4);

  template <class Real>
  GT_FN static Real forward(Real g, Real slope) {
    return chain(g, slope);
  }
  // Never those of a `where`: the product still changes with g where g is 0. But g is a gradient itself, so where it is 0 the
  // slope's own gradient stays 0, whatever it is multiplied by.
  template <class Real>
  GT_FN static Slopes<Factor<Real>, 2> slope(Real g, Real slope) {
    return {Factor<Real>{slope, false}, Factor<Real>{g, true}};
  }
};

// Is it a formula's own constant?
inline bool is_constant(const Tensor& x, double number) {
  return is_number(x) && x.body()->tape == 0 && value_of_number(x) == number;
}

// A slope that is a mask picks; the formula's constants 0 and 1 leave no record.
inline Tensor chain(const Tensor& g, const Tensor& slope, Location at = Location::current()) {
  if (slope.dtype() == DType::boolean) return where(slope, g, Tensor(0.0), at);
  if (is_constant(g, 0) || is_constant(slope, 1)) return g;
  return is_constant(g, 1) ? slope : pointwise(Chain{}, at, g, slope);
}

}  // namespace gradtape
