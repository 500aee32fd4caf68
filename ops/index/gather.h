// Elements picked by number along a dimension; and the adjoint, elements added to the places they came from.
#pragma once

#include <gradtape/ops/free.h>

namespace gradtape {

struct Gather {
  static constexpr auto name = "gather";
  int dim;
  std::int64_t size;

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

struct ScatterAdd {
  static constexpr auto name = "scatter_add";
  int dim;

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

// y[i][j][k] = x[i][indices[i][j][k]][k] for dim = 1, and so on. indices: integers of x's shape but along `dim`; in the
// other dimensions they may be fewer. Throws ShapeError, DTypeError, and IndexError naming the first index out of
// range.
Tensor gather(const Tensor& x, int dim, const Tensor& indices, Location at = Location::current());
// The same of indices that broadcast with x but along `dim`; without a dimension, of both laid flat.
Tensor take_along_dim(const Tensor& x, const Tensor& indices, std::optional<int> dim = {},
                      Location at = Location::current());

// Zeros of x's shape but `size` along `dim`, with each element of x added at its index; the same bits every time.
Tensor scatter_add(const Tensor& x, int dim, const Tensor& indices, std::int64_t size,
                   Location at = Location::current());
// The same where no two indices of a line are equal: then a device need not sort them.
Tensor scatter_distinct(const Tensor& x, int dim, const Tensor& indices, std::int64_t size,
                        Location at = Location::current());

}  // namespace gradtape
