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

// The same for two matrices, [m, k]·[k, n]; for batches of them, as many; for a matrix and a vector; for two vectors.
// Throw ShapeError for other dimensions. vdot is dot: numbers are real.
Tensor mm(const Tensor& left, const Tensor& right, Location at = Location::current());
Tensor bmm(const Tensor& left, const Tensor& right, Location at = Location::current());
Tensor mv(const Tensor& matrix, const Tensor& vector, Location at = Location::current());
Tensor dot(const Tensor& left, const Tensor& right, Location at = Location::current());
inline Tensor vdot(const Tensor& left, const Tensor& right, Location at = Location::current()) {
  return dot(left, right, at);
}
// beta · x + alpha · the product of two matrices, of a matrix and a vector, of batches of matrices. x broadcasts to the
// product's shape (ShapeError). With a beta of 0 it is not read, whatever stands there.
Tensor addmm(const Tensor& x, const Tensor& left, const Tensor& right, Number beta = 1, Number alpha = 1,
             Location at = Location::current());
Tensor addmv(const Tensor& x, const Tensor& matrix, const Tensor& vector, Number beta = 1, Number alpha = 1,
             Location at = Location::current());
Tensor baddbmm(const Tensor& x, const Tensor& left, const Tensor& right, Number beta = 1, Number alpha = 1,
               Location at = Location::current());

// The same, recorded, of numbers that nobody reads unless `is_read`: they are left out. See Backward::is_read().
Tensor matmul(const Tensor& left, const Tensor& right, bool is_read, Location at = Location::current());

}  // namespace gradtape
