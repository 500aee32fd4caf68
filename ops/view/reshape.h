// The same elements in another shape: a view where strides allow, else a copy.
#pragma once

#include <gradtape/ops/free.h>

namespace gradtape {

struct Reshape {
  static constexpr auto name = "reshape";
  static constexpr bool takes_directions = true;
  Shape from;

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

// One size may be -1: what is left. Throws ShapeError when the counts differ.
Tensor reshape(const Tensor& x, const Shape& shape, Location at = Location::current());
// The same elements without a copy, or ShapeError where one were needed.
Tensor view(const Tensor& x, const Shape& shape, Location at = Location::current());
inline Tensor view_as(const Tensor& x, const Tensor& other, Location at = Location::current()) {
  return view(x, other.shape(), at);
}
inline Tensor reshape_as(const Tensor& x, const Tensor& other, Location at = Location::current()) {
  return reshape(x, other.shape(), at);
}
inline Tensor ravel(const Tensor& x, Location at = Location::current()) { return reshape(x, {-1}, at); }
// Dimension `dim` as several, of which one size may be -1. Throws ShapeError unless their product is its size.
Tensor unflatten(const Tensor& x, int dim, const Shape& sizes, Location at = Location::current());
// Dimensions first to last as one.
Tensor flatten(const Tensor& x, int first = 0, int last = -1, Location at = Location::current());
// Without dimension `dim` if its size is 1, or without all of size 1.
Tensor squeeze(const Tensor& x, int dim, Location at = Location::current());
Tensor squeeze(const Tensor& x, Location at = Location::current());
// With a new dimension of size 1 at `dim` of the result.
Tensor unsqueeze(const Tensor& x, int dim, Location at = Location::current());
// With dimensions of size 1 up to so many: a list [n] becomes [1, n] and [1, n, 1], a matrix [n, m] becomes [n, m, 1].
Tensor atleast_1d(const Tensor& x, Location at = Location::current());
Tensor atleast_2d(const Tensor& x, Location at = Location::current());
Tensor atleast_3d(const Tensor& x, Location at = Location::current());

}  // namespace gradtape
