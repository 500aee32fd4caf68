// The chain rule's own product: g · slope, and 0 where g is 0 whatever the slope.
#pragma once

#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/pointwise/where.h>
#include <gradtape/ops/promotion.h>

namespace gradtape {

// The product of two gradients: both keep their zeros. (Not 0 once more: two choices of one number would be joined, at
// 512 bits lane by lane with GCC 12.)
template <class Real>
GT_FN Real chain_both(Real g, Real other) {
  return where(other == Real(0), abs(other), chain(g, other));
}
Tensor chain_both(const Tensor& g, const Tensor& other);

// A number that a gradient is multiplied by; when it is a gradient too, its zeros stay as well.
template <class Real>
struct Factor {
  Real value;
  bool is_gradient;

  GT_FN operator Real() const { return value; }
  GT_FN friend Real chain(Real g, Factor factor) {
    return factor.is_gradient ? chain_both(g, factor.value) : chain(g, factor.value);
  }
};

struct Chain {
  static constexpr auto name = "chain";
  static constexpr auto samples = between(-4, 4);

  template <class Real>
  GT_FN static Real forward(Real g, Real slope) {
    return chain(g, slope);
  }
  // Never those of a `where`: the product still changes with g where g is 0. But g is a gradient itself, so where it is
  // 0 the slope's own gradient stays 0, whatever it is multiplied by.
  template <class Real>
  GT_FN static Slopes<Factor<Real>, 2> slope(Real g, Real slope) {
    return {Factor<Real>{slope, false}, Factor<Real>{g, true}};
  }
};

struct ChainBoth {
  static constexpr auto name = "chain_both";
  static constexpr auto samples = between(-4, 4);

  template <class Real>
  GT_FN static Real forward(Real g, Real other) {
    return chain_both(g, other);
  }
  template <class Real>
  GT_FN static Slopes<Factor<Real>, 2> slope(Real g, Real other) {
    return {Factor<Real>{other, true}, Factor<Real>{g, true}};
  }
};

inline Tensor chain_both(const Tensor& g, const Tensor& other) {
  return pointwise(ChainBoth{}, Location::current(), g, other);
}

// Is it a formula's own constant?
inline bool is_constant(const Tensor& x, double number) {
  return is_number(x) && x.tensor_data()->tape == 0 && value_of_number(x) == number;
}

// A slope that is a mask picks; the formula's constants 0 and 1 leave no record.
inline Tensor chain(const Tensor& g, const Tensor& slope, Location at = Location::current()) {
  if (slope.dtype() == DType::boolean) return where(slope, g, Tensor(0.0), at);
  if (is_constant(g, 0) || is_constant(slope, 1)) return g;
  return is_constant(g, 1) ? slope : pointwise(Chain{}, at, g, slope);
}

}  // namespace gradtape
