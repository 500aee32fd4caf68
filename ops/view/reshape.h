// The same elements in another shape: a view where strides allow, else a copy.
#pragma once

#include <gradtape/ops/free.h>

namespace gradtape {

struct Reshape {
  static constexpr auto name = "reshape";
  static constexpr bool takes_directions = true;
  Shape from;

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

// One size may be -1: what is left. Throws ShapeError when the counts differ.
Tensor reshape(const Tensor& x, const Shape& shape, Location at = Location::current());
// Dimensions first to last as one.
Tensor flatten(const Tensor& x, int first = 0, int last = -1, Location at = Location::current());
// Without dimension `dim` if its size is 1, or without all of size 1.
Tensor squeeze(const Tensor& x, int dim, Location at = Location::current());
Tensor squeeze(const Tensor& x, Location at = Location::current());
// With a new dimension of size 1 at `dim` of the result.
Tensor unsqueeze(const Tensor& x, int dim, Location at = Location::current());

}  // namespace gradtape
