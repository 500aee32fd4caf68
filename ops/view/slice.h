// A part of a tensor along one dimension, as a view; and its adjoint, zeros around a part.
#pragma once

#include <gradtape/ops/free.h>

namespace gradtape {

struct Slice {
  static constexpr auto name = "slice";
  static constexpr bool takes_directions = true;
  int dim;
  std::int64_t first, step, size;  // `size`: of the whole dimension

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

// Zeros of a dimension's whole size, with a part in its place.
struct SliceBackward {
  static constexpr auto name = "slice_backward";
  static constexpr bool takes_directions = true;
  int dim;
  std::int64_t first, step, size, count;  // `count`: of the part

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

// Elements first, first + step, … below last along a dimension. As in NumPy, negative numbers count from the end and
// what lies outside is cut. Throws ValueError unless step > 0.
Tensor slice(const Tensor& x, int dim, std::int64_t first, std::int64_t last = INT64_MAX, std::int64_t step = 1,
             Location at = Location::current());
// `length` elements from `first` on. Throws IndexError when they are not there.
Tensor narrow(const Tensor& x, int dim, std::int64_t first, std::int64_t length, Location at = Location::current());
// The index-th part along a dimension, which goes away. Throws IndexError.
Tensor select(const Tensor& x, int dim, std::int64_t index, Location at = Location::current());

}  // namespace gradtape
