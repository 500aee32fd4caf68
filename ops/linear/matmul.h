// Matrix products.
#pragma once

#include <gradtape/ops/free.h>

namespace gradtape {

struct Matmul {
  static constexpr auto name = "matmul";
  Shape left, right;

  static void backward(Backward& walk);
  static std::vector<Example> examples();
};

// By NumPy's rule: [m, k]·[k, n] = [m, n]; further dimensions in front are batches and broadcast; a vector on the left is
// a row, on the right a column, and its dimension goes away: [k]·[k] = []. Throws ShapeError.
Tensor matmul(const Tensor& left, const Tensor& right, Location where = Location::current());

}  // namespace gradtape
