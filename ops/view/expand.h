// A tensor repeated along dimensions of size 1, as a view; and its adjoint, the sum over what was repeated.
#pragma once

#include <gradtape/ops/free.h>

namespace gradtape {

struct Expand {
  static constexpr auto name = "expand";
  static constexpr bool takes_directions = true;
  Shape from;

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

// Broadcast to a shape; a size of -1 stays as it is. Throws ShapeError.
Tensor expand(const Tensor& x, const Shape& shape, Location at = Location::current());

// The sum of x over the dimensions in which `shape` was broadcast to x's: x's gradient in the smaller shape.
Tensor sum_to(const Tensor& x, const Shape& shape, Location at = Location::current());
// The same behind `lead` dimensions, which stay.
Tensor sum_to(const Tensor& x, const Shape& shape, int lead, Location at = Location::current());

}  // namespace gradtape
