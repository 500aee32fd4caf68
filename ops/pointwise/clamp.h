// x held between two bounds; the gradient passes at the bounds. Where they cross, the upper one it is.
#pragma once

#include <optional>

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Clamp {
  static constexpr auto name = "clamp";
  static constexpr auto samples = between(-3, 3);
  double low = -1, high = 1;  // not called min and max: a member of that name would hide the word

  template <class Real>
  GT_FN Real forward(Real x) const {
    return min(max(x, Real(low)), Real(high));
  }
  template <class Real>
  GT_FN auto slope(Real x) const {
    return (x >= Real(low)) & (x <= Real(high));
  }
};

// The same between the elements of two tensors, which get the gradient where they are the result.
struct ClampBetween {
  static constexpr auto name = "clamp";
  static constexpr auto samples = between(-3, 3);
  static constexpr bool integers = true;

  template <class Real>
  GT_FN static Real forward(Real x, Real low, Real high) {
    return min(max(x, low), high);
  }
  template <class Real>
  GT_FN static auto slope(Real x, Real low, Real high) {
    return Slopes{(x >= low) & (x <= high), (x < low) & (low <= high), (x > high) | (low > high)};
  }
};

// A bound that is absent, {}, holds nothing. Integers stay integers between whole bounds, and every int64 is exact.
Tensor clamp(const Tensor& x, std::optional<Number> low, std::optional<Number> high = {},
             Location at = Location::current());
// Between tensors that broadcast against x; an undefined one is absent.
Tensor clamp(const Tensor& x, const Tensor& low, const Tensor& high = {}, Location at = Location::current());
inline Tensor clamp_min(const Tensor& x, Number low, Location at = Location::current()) {
  return clamp(x, low, std::nullopt, at);
}
inline Tensor clamp_min(const Tensor& x, const Tensor& low, Location at = Location::current()) {
  return clamp(x, low, Tensor(), at);
}
inline Tensor clamp_max(const Tensor& x, Number high, Location at = Location::current()) {
  return clamp(x, std::nullopt, high, at);
}
inline Tensor clamp_max(const Tensor& x, const Tensor& high, Location at = Location::current()) {
  return clamp(x, Tensor(), high, at);
}
inline Tensor clip(const Tensor& x, std::optional<Number> low, std::optional<Number> high = {},
                   Location at = Location::current()) {
  return clamp(x, low, high, at);
}
inline Tensor clip(const Tensor& x, const Tensor& low, const Tensor& high = {}, Location at = Location::current()) {
  return clamp(x, low, high, at);
}

}  // namespace gradtape
