// Elements put or added at places that are named for each, along a dimension.
#pragma once

#include <gradtape/ops/free.h>

namespace gradtape {

struct Scatter {
  static constexpr auto name = "scatter";
  int dim;
  bool accumulate;

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

// x with y[i][indices[i][j][k]][k] = values[i][j][k] for dim = 1, and so on; of several for one place the last, which
// alone gets the gradient. indices: integers of as many dimensions as x, in none but `dim` larger; values at least as
// large as they in each, and of x's type. Throws IndexError naming the first index out of range, ShapeError,
// DTypeError.
Tensor scatter(const Tensor& x, int dim, const Tensor& indices, const Tensor& values,
               Location at = Location::current());
// The same with one number for all places.
Tensor scatter(const Tensor& x, int dim, const Tensor& indices, Number value, Location at = Location::current());
// The same with values added to what is there, in order: the same bits every time.
Tensor scatter_add(const Tensor& x, int dim, const Tensor& indices, const Tensor& values,
                   Location at = Location::current());

// Of x what indices reach, which has their shape but along the dimension; these, checked; and the values for them. For
// index ops.
struct Scattering {
  int dim;
  Tensor part, list, values;
};
Scattering scattering_of(const char* op, const Tensor& x, int dim, const Tensor& indices, const Tensor& values,
                         Location at);
// x with `part` in place of what they reach.
Tensor with_reached(const Tensor& x, const Tensor& part, int dim, Location at);

}  // namespace gradtape
