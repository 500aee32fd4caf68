// Parts of a tensor picked by number along a dimension; and the adjoint, parts added to the places they came from.
#pragma once

#include <gradtape/ops/free.h>

namespace gradtape {

struct IndexSelect {
  static constexpr auto name = "index_select";
  static constexpr bool takes_directions = true;
  int dim;
  std::int64_t size;

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

struct IndexAdd {
  static constexpr auto name = "index_add";
  static constexpr bool takes_directions = true;
  int dim;

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

// Part indices[i] of x along `dim` becomes part i. indices: integers [count]. Throws IndexError naming the first that
// is out of range, DTypeError.
Tensor index_select(const Tensor& x, int dim, const Tensor& indices, Location at = Location::current());

// Zeros of x's shape but `size` along `dim`, with part i of x added at indices[i]; the same bits every time.
Tensor index_add(const Tensor& x, int dim, const Tensor& indices, std::int64_t size, Location at = Location::current());

}  // namespace gradtape
