// Diagonals as views, and their adjoint, zeros around a diagonal.
#pragma once

#include <gradtape/ops/free.h>

namespace gradtape {

// Which diagonal: its element i stands at place i of dimension `rows` and i + offset of dimension `columns`.
struct Diagonal {
  static constexpr auto name = "diagonal";
  static constexpr bool takes_directions = true;
  int rows, columns;
  std::int64_t offset;
  std::int64_t row_count, column_count;  // of these dimensions' elements

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};
struct DiagEmbed {
  static constexpr auto name = "diag_embed";
  static constexpr bool takes_directions = true;
  Diagonal of;

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

// The diagonal of two dimensions, which go away, as the last dimension of a view. An offset above 0 goes to the right,
// below 0 down. Throws IndexError unless the dimensions are two.
Tensor diagonal(const Tensor& x, std::int64_t offset = 0, int dim1 = 0, int dim2 = 1,
                Location at = Location::current());
// x [batch…, n] as the diagonals of square matrices of zeros, whose rows are the result's dimension dim1.
Tensor diag_embed(const Tensor& x, std::int64_t offset = 0, int dim1 = -2, int dim2 = -1,
                  Location at = Location::current());
// A list as the diagonal of a matrix; a matrix's diagonal, as a view. Throws ShapeError for other tensors.
Tensor diag(const Tensor& x, std::int64_t offset = 0, Location at = Location::current());
// All elements, in their order, as the diagonal of a matrix.
Tensor diagflat(const Tensor& x, std::int64_t offset = 0, Location at = Location::current());
// The sum of a matrix's diagonal. Throws ShapeError for other tensors.
Tensor trace(const Tensor& x, Location at = Location::current());

}  // namespace gradtape
