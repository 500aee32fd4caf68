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

  // With s = sigmoid(2u) by exp(-|2u|), so that neither s nor 1 - s rounds. Beyond ±100 both are at their limits, and
  // no infinity may meet them.
  template <class Real>
  GT_FN static Real forward(Real x) {
    const Real held = held_of(x), e = fallen(held), part = Real(1) / (Real(1) + e);
    return where(x < Real(0), held * (e * part), x * part);
  }
  // s + 2u' x s (1 - s)
  template <class Real>
  GT_FN static Real slope(Real x) {
    const Real held = held_of(x), e = fallen(held), part = Real(1) / (Real(1) + e);
    const Real rise = Real(c) + Real(3 * d) * (held * held);
    return part * (where(x < Real(0), e, Real(1)) + held * rise * (e * part));
  }

 private:
  // 2u = c x + d x³; c and d as a float32 has them, and the rest.
  static constexpr double c = 1.5957691216057308, c_float = 0x1.988454p+0, c_rest = -4.534068042105272e-08;
  static constexpr double d = 0.07135481627260025, d_float = 0x1.2444f2p-4, d_rest = 2.3988323959931355e-09;

  template <class Real>
  GT_FN static Real held_of(Real x) {
    return min(max(x, Real(-100)), Real(100));
  }
  // exp(-|2u|). What its terms lose to rounding is put back, for exp makes it many times larger.
  template <class Real>
  GT_FN static Real fallen(Real x) {
    const Real a = abs(x), square = a * a, part = Real(d) * square, sum = Real(c) + part, u = a * sum;
    const Real part_lost = fma(Real(d_float), square, -part) + fma(Real(d), fma(a, a, -square), Real(d_rest) * square);
    const Real back = sum - part, sum_lost = ((Real(c_float) - back) + Real(c_rest)) + (part - (sum - back));
    const Real u_lost = fma(a, sum, -u) + a * (sum_lost + part_lost), e = exp(-u);
    return fma(-e, u_lost, e);
  }
};

inline Tensor gelu(const Tensor& x, Location at = Location::current()) { return pointwise(Gelu{}, at, x); }

struct GeluOptions {
  std::string_view approximate = "none";  // or "tanh"
};
// Throws ValueError for another approximation.
Tensor gelu(const Tensor& x, GeluOptions options, Location at = Location::current());

}  // namespace gradtape
