// The lower and the upper triangle of a matrix.
#pragma once

#include <gradtape/ops/free.h>

namespace gradtape {

struct Tril {
  static constexpr auto name = "tril";
  static constexpr bool takes_directions = true;
  std::int64_t diagonal;

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};
struct Triu {
  static constexpr auto name = "triu";
  static constexpr bool takes_directions = true;
  std::int64_t diagonal;

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

// x [batch…, rows, columns] on and below a diagonal, counted from the main one to the right; on and above it. What is
// left out is 0, whatever stood there. Throw ShapeError for fewer than two dimensions.
Tensor tril(const Tensor& x, std::int64_t diagonal = 0, Location at = Location::current());
Tensor triu(const Tensor& x, std::int64_t diagonal = 0, Location at = Location::current());
// The places in these triangles of a matrix, row by row: [2, count], rows first. Throw ShapeError for negative sizes.
Tensor tril_indices(std::int64_t rows, std::int64_t columns, std::int64_t diagonal = 0, IntegerOptions options = {},
                    Location at = Location::current());
Tensor triu_indices(std::int64_t rows, std::int64_t columns, std::int64_t diagonal = 0, IntegerOptions options = {},
                    Location at = Location::current());

// The kernels' settings: the columns that are left of row r, from r + lowest to r + highest.
struct Band {
  std::int64_t lowest, highest;
};
void keep_band_on_cuda(const Launch& work);

}  // namespace gradtape
