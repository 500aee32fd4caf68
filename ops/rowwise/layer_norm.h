// Rows moved to mean 0 and scaled to variance 1 (Ba et al., Layer Normalization, 2016).
#pragma once

#include <optional>

#include <gradtape/ops/rowwise.h>

namespace gradtape {

struct LayerNorm {
  static constexpr auto name = "layer_norm";
  static constexpr auto samples = between(-2, 2);
  double eps = 1e-5;  // added to the variance

  template <class Row>
  GT_FN void forward(const Row& x, Row& y) const {
    const auto mean = mean_of(x), scale = scale_of(x, mean);
    y.assign([=](auto v) GT_INLINE { return (v - decltype(v)(mean)) * decltype(v)(scale); }, x);
  }
  // With y the result: scale · (g - mean(g) - y · mean(g y)).
  template <class Row>
  GT_FN void backward(const Row& x, const Row& gradient, Row& dx) const {
    const auto mean = mean_of(x), scale = scale_of(x, mean), count = x.count();
    const auto average = gradient.sum([](auto g) GT_INLINE { return g; }) / count;
    const auto along =
        gradient.sum([=](auto g, auto v) GT_INLINE { return chain(g, v - decltype(v)(mean)); }, x) * scale / count;
    dx.assign(
        [=](auto g, auto v) GT_INLINE {
          using Real = decltype(v);
          const Real y = (v - Real(mean)) * Real(scale);
          return Real(scale) * (g - Real(average) - y * Real(along));
        },
        gradient, x);
  }

 private:
  template <class Row>
  GT_FN static auto mean_of(const Row& x) {
    return x.sum([](auto v) GT_INLINE { return v; }) / x.count();
  }
  template <class Row, class Value>
  GT_FN auto scale_of(const Row& x, Value mean) const {
    const auto squares = x.sum([=](auto v) GT_INLINE {
      const auto gap = v - decltype(v)(mean);
      return gap * gap;
    });
    return Value(1) / sqrt(squares / x.count() + Value(eps));
  }
};

// Rows scaled to a mean square of 1 (Zhang and Sennrich, Root Mean Square Layer Normalization, 2019).
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

struct NormOptions {
  Tensor weight = {};  // of the normalised shape, or [channels]; undefined: 1
  Tensor bias = {};    // the same; undefined: 0
  double eps = 1e-5;
};

// (x - mean) / √(variance + eps) · weight + bias, over the last dimensions, which have the shape given; the variance is
// that of the numbers themselves, without a correction. Throws ShapeError.
Tensor layer_norm(const Tensor& x, const Shape& normalized_shape, const NormOptions& options = {},
                  Location at = Location::current());
// The same over groups of channels: x [batch, channels, …], weight and bias [channels]. Throws ShapeError unless the
// groups divide the channels.
Tensor group_norm(const Tensor& x, std::int64_t groups, const NormOptions& options = {},
                  Location at = Location::current());
// The same of each channel of each example alone.
Tensor instance_norm(const Tensor& x, const NormOptions& options = {}, Location at = Location::current());
// For norms over channels: [channels] as [channels, 1…], which meets x [batch, channels, …]; undefined as it is. Throws
// ShapeError naming the op.
Tensor along_channels(const char* op, Shown what, const Tensor& x, Location at);

struct RmsNormOptions {
  Tensor weight = {};  // of the normalised shape; undefined: 1
  std::optional<double> eps = {};  // without one the distance from 1 to the next number of the type
};
// x / √(mean(x²) + eps) · weight, over the last dimensions, which have the shape given. Throws ShapeError.
Tensor rms_norm(const Tensor& x, const Shape& normalized_shape, const RmsNormOptions& options = {},
                Location at = Location::current());

}  // namespace gradtape
