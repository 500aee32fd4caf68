// How often numbers come.
#pragma once

#include <optional>

#include <gradtape/ops/free.h>

namespace gradtape {

struct Bincount {
  static constexpr auto name = "bincount";

  static void backward(Backward&) {}
  static std::vector<Example> examples();
};

// How often each of 0, 1, … comes in x, integers [count] from 0 on: int64, as many as the largest asks for, and at
// least `minlength`. With weights [count] their sums instead, of the weights' type (float64 for integers), through
// which gradients flow. The largest must be known: a device is waited for, and TapeError thrown inside a captured step.
// Throws ShapeError, DTypeError, ValueError for a negative number or `minlength`.
Tensor bincount(const Tensor& x, const Tensor& weights = {}, std::int64_t minlength = 0,
                Location at = Location::current());

struct HistogramOptions {
  std::optional<Range> range = {};  // without one from the least of x to the largest, which must be known as above
  Tensor weight = {};  // of x's shape: sums instead of counts, through which gradients flow
  bool density = false;  // so that the integral is 1
};
struct Histogram {
  Tensor hist;  // [bins], of x's type
  Tensor bin_edges;  // [bins + 1]
};
// How many elements lie in each bin: from its lower edge on and below its upper one, which belongs to the last. What
// lies outside, and NaN, is not counted. Edges are evenly spread, or given, in order. Throws DTypeError for integers,
// ValueError, ShapeError.
Histogram histogram(const Tensor& x, std::int64_t bins = 100, const HistogramOptions& options = {},
                    Location at = Location::current());
Histogram histogram(const Tensor& x, const Tensor& edges, const HistogramOptions& options = {},
                    Location at = Location::current());
// The counts alone, between two numbers; where both are equal between the least and the largest of x.
Tensor histc(const Tensor& x, std::int64_t bins = 100, double min = 0, double max = 0,
             Location at = Location::current());

// Writes counts, reads a list of their places.
void count_on_cuda(const Launch& work);

}  // namespace gradtape
