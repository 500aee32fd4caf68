// x · Φ(x), where Φ is the normal distribution function: 0 at -∞, with slope 0, and slope 1 at ∞.
#pragma once

#include <string_view>

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Gelu {
  static constexpr auto name = "gelu";
  static constexpr auto samples = between(-4, 4);

  template <class Real>
  GT_FN static Real forward(Real x) {
    return gelu(x);
  }
  // Φ(x) + x φ(x), with φ the normal density. Beyond ±40 that is 0, and no infinity may meet it.
  template <class Real>
  GT_FN static Real slope(Real x) {
    return normal_cdf(x) + min(max(x, Real(-40)), Real(40)) * (Real(0.39894228040143268) * gaussian(x));
  }
};

// The same with Φ by tanh: x · sigmoid(2u) with u = √(2/π) (x + 0.044715 x³) (Hendrycks and Gimpel 2016).
struct GeluTanh {
  static constexpr auto name = "gelu_tanh";
  static constexpr auto samples = between(-4, 4);

  // Below -100 sigmoid is 0, and no infinity may meet it.
  template <class Real>
  GT_FN static Real forward(Real x) {
    return where(x < Real(-100), Real(-100), x) * sigmoid(twice_u(x));
  }

  // s + 2u' x s (1 - s) with s = sigmoid(2u), by exp(-|2u|), as that of silu.
  template <class Real>
  GT_FN static Real slope(Real x) {
    const auto left = x < Real(0);
    const Real held = min(max(x, Real(-100)), Real(100)), twice = twice_u(held);
    const Real e = exp(where(left, twice, -twice)), part = Real(1) / (Real(1) + e);
    const Real rise = Real(1.5957691216057308) + Real(0.21406444881780073) * (held * held);
    return part * (where(left, e, Real(1)) + held * rise * (e * part));
  }

 private:
  template <class Real>
  GT_FN static Real twice_u(Real x) {
    return x * (Real(1.5957691216057308) + Real(0.071354816272600244) * (x * x));
  }
};

inline Tensor gelu(const Tensor& x, Location at = Location::current()) { return pointwise(Gelu{}, at, x); }

struct GeluOptions {
  std::string_view approximate = "none";  // or "tanh"
};
// Throws ValueError for another approximation.
Tensor gelu(const Tensor& x, GeluOptions options, Location at = Location::current());

}  // namespace gradtape
