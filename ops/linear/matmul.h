// Matrix products.
#pragma once

#include <gradtape/ops/free.h>

namespace gradtape {

struct Matmul {
  static constexpr auto name = "matmul";
  static constexpr bool takes_directions = true;
  Shape left, right;

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

// By NumPy's rule: [m, k]·[k, n] = [m, n]; further dimensions in front are batches and broadcast; a vector on the left
// is a row, on the right a column, and its dimension goes away: [k]·[k] = []. Throws ShapeError.
Tensor matmul(const Tensor& left, const Tensor& right, Location at = Location::current());
// The same, recorded, of numbers that nobody reads unless `is_read`: they are left out. See Backward::is_read().
Tensor matmul(const Tensor& left, const Tensor& right, bool is_read, Location at = Location::current());

}  // namespace gradtape
