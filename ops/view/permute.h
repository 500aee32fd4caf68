// Dimensions in another order: views.
#pragma once

#include <gradtape/ops/free.h>

namespace gradtape {

struct Permute {
  static constexpr auto name = "permute";
  static constexpr bool takes_directions = true;
  Dims order;

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

// Dimension d of the result is dimension order[d] of x. Throws IndexError unless each dimension is named once.
Tensor permute(const Tensor& x, const Dims& order, Location at = Location::current());
// x with two dimensions exchanged.
Tensor transpose(const Tensor& x, int a, int b, Location at = Location::current());
// The transpose of a matrix. Throws ShapeError for other tensors.
Tensor t(const Tensor& x, Location at = Location::current());

}  // namespace gradtape
