// a / b; integers divide to float32.
#pragma once

#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/rebind.h>

namespace gradtape {

struct Divide {
  static constexpr auto name = "divide";
  static constexpr auto samples = between(0.5, 4);

  template <class Real>
  GT_FN static Real forward(Real a, Real b) {
    return a / b;
  }

  template <class Real>
  GT_FN static Slopes<Real, 2> slope(Real a, Real b) {
    return {Real(1) / b, -(a / b) / b};
  }
};

inline Tensor divide(const Operand& a, const Operand& b) { return pointwise(Divide{}, a.at, a.tensor, b.tensor); }
inline Tensor div(const Operand& a, const Operand& b) { return divide(a, b); }
inline Tensor operator/(const Operand& a, const Operand& b) { return pointwise(Divide{}, a.at, a.tensor, b.tensor); }
// Rebinds `a` to a new tensor; nothing is written in place. Throws TapeError for a leaf that asks for a gradient.
inline Tensor& operator/=(Tensor& a, const Operand& b) { return rebind<Divide>("operator/=", a, b); }

// How a quotient becomes whole; libtorch's rounding_mode "trunc" and "floor".
enum class Rounding : std::uint8_t { trunc, floor };
// a / b, towards 0 or down. Integers stay integers; no slope is left. Throws ValueError where both are integers and b
// is 0.
Tensor divide(const Operand& a, const Operand& b, Rounding rounding);
inline Tensor div(const Operand& a, const Operand& b, Rounding rounding) { return divide(a, b, rounding); }

}  // namespace gradtape
