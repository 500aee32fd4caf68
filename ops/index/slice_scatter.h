// A tensor with a part of it, as slices name it, replaced.
#pragma once

#include <gradtape/ops/free.h>

namespace gradtape {

struct SliceScatter {
  static constexpr auto name = "slice_scatter";
  static constexpr bool takes_directions = true;
  int dim;
  std::int64_t first, last, step;

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

// x with `values` in place of slice(x, dim, first, last, step), whose shape and type they have. Throws ShapeError,
// DTypeError, ValueError unless step > 0.
Tensor slice_scatter(const Tensor& x, const Tensor& values, int dim = 0, std::int64_t first = 0,
                     std::int64_t last = INT64_MAX, std::int64_t step = 1, Location at = Location::current());
// The same for select(x, dim, index).
Tensor select_scatter(const Tensor& x, const Tensor& values, int dim, std::int64_t index,
                      Location at = Location::current());
// The same for the diagonal of two dimensions, `offset` columns right of the main one: values are [others…, length].
Tensor diagonal_scatter(const Tensor& x, const Tensor& values, std::int64_t offset = 0, int dim1 = 0, int dim2 = 1,
                        Location at = Location::current());

}  // namespace gradtape
