// a · b, element by element.
#pragma once

#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/rebind.h>

namespace gradtape {

struct Multiply {
  static constexpr auto name = "multiply";
  static constexpr auto samples = between(-4, 4);
  static constexpr bool integers = true;

  template <class Real>
  GT_FN static Real forward(Real a, Real b) {
    return a * b;
  }

  template <class Real>
  GT_FN static Slopes<Real, 2> slope(Real a, Real b) {
    return {b, a};
  }
};

inline Tensor multiply(const Operand& a, const Operand& b) { return pointwise(Multiply{}, a.at, a.tensor, b.tensor); }
inline Tensor mul(const Operand& a, const Operand& b) { return multiply(a, b); }
inline Tensor operator*(const Operand& a, const Operand& b) { return pointwise(Multiply{}, a.at, a.tensor, b.tensor); }
// Rebinds `a` to a new tensor; nothing is written in place. Throws TapeError for a leaf that asks for a gradient.
inline Tensor& operator*=(Tensor& a, const Operand& b) { return rebind<Multiply>("operator*=", a, b); }

// Angles in degrees as radians, and in radians as degrees.
inline Tensor deg2rad(const Tensor& x, Location at = Location::current()) {
  return pointwise(Multiply{}, at, x, Tensor(0.017453292519943295));
}
inline Tensor rad2deg(const Tensor& x, Location at = Location::current()) {
  return pointwise(Multiply{}, at, x, Tensor(57.295779513082323));
}

}  // namespace gradtape
