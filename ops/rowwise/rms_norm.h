// Rows scaled to a mean square of 1 (Zhang and Sennrich, Root Mean Square Layer Normalization, 2019).
#pragma once

#include <optional>

#include <gradtape/ops/rowwise.h>

namespace gradtape {

struct RmsNorm {
  static constexpr auto name = "rms_norm";
  static constexpr auto samples = between(-2, 2);
  double eps = 1e-5;  // added to the mean square

  template <class Row>
  GT_FN void forward(const Row& x, Row& y) const {
    const auto scale = scale_of(x);
    y.assign([=](auto v) GT_INLINE { return v * decltype(v)(scale); }, x);
  }
  // With y the result: scale · (g - y · mean(g y)).
  template <class Row>
  GT_FN void backward(const Row& x, const Row& gradient, Row& dx) const {
    const auto scale = scale_of(x);
    const auto along = gradient.sum([](auto g, auto v) GT_INLINE { return chain(g, v); }, x) * scale / x.count();
    dx.assign(
        [=](auto g, auto v) GT_INLINE {
          using Real = decltype(v);
          return Real(scale) * (g - v * Real(scale) * Real(along));
        },
        gradient, x);
  }

 private:
  template <class Row>
  GT_FN auto scale_of(const Row& x) const {
    const auto mean = x.sum([](auto v) GT_INLINE { return v * v; }) / x.count();
    using Value = std::remove_const_t<decltype(mean)>;
    return Value(1) / sqrt(mean + Value(eps));
  }
};

struct RmsNormOptions {
  Tensor weight = {};                // of the normalised shape; undefined: 1
  std::optional<double> eps = {};    // without one the distance from 1 to the next number of the type
};
// x / √(mean(x²) + eps) · weight, over the last dimensions, which have the shape given. Throws ShapeError.
Tensor rms_norm(const Tensor& x, const Shape& normalized_shape, const RmsNormOptions& options = {},
                Location at = Location::current());

}  // namespace gradtape
