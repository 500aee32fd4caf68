// Numbers in order along a dimension, and where they stood.
#pragma once

#include <gradtape/ops/free.h>
#include <gradtape/ops/values_and_indices.h>

namespace gradtape {

// Two outputs, of which the places have no gradient.
struct Sort {
  static constexpr auto name = "sort";
  int dim;

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

// Ascending, or descending; equal elements stay in their order either way. NaN is above all numbers: ascending it comes
// last, descending first. The gradient goes to where each came from. A number is a row of one. Throws IndexError for a
// dimension that is not there.
ValuesAndIndices sort(const Tensor& x, int dim = -1, bool descending = false, Location at = Location::current());
// Where the elements stand that sort would put there.
Tensor argsort(const Tensor& x, int dim = -1, bool descending = false, Location at = Location::current());
// Along the first dimension.
Tensor msort(const Tensor& x, Location at = Location::current());

}  // namespace gradtape
