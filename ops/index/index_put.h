// Parts of a tensor replaced or added to, by number along a dimension.
#pragma once

#include <gradtape/ops/free.h>

namespace gradtape {

struct IndexPut {
  static constexpr auto name = "index_put";
  static constexpr bool takes_directions = true;
  int dim;
  bool accumulate;

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

// x with alpha · part i of `values` added at indices[i] along `dim`, in order: the same bits every time. indices:
// integers [count], values of x's shape but with `count` parts, and of its type. Throws IndexError naming the first
// index out of range, ShapeError, DTypeError.
Tensor index_add(const Tensor& x, int dim, const Tensor& indices, const Tensor& values, Number alpha = 1,
                 Location at = Location::current());
// The same with part i in place of what is there; of several for one place the last, which alone gets the gradient.
Tensor index_copy(const Tensor& x, int dim, const Tensor& indices, const Tensor& values,
                  Location at = Location::current());
// x with a number in the parts that are named, here from the end too.
Tensor index_fill(const Tensor& x, int dim, const Tensor& indices, Number value, Location at = Location::current());
Tensor index_fill(const Tensor& x, int dim, const Tensor& indices, const Tensor& value,
                  Location at = Location::current());

// What all of these do with indices that are checked, int64 [count]. For index ops.
Tensor put_parts(const char* op, const Tensor& x, int dim, const Tensor& list, const Tensor& parts, bool accumulate,
                 Location at);

}  // namespace gradtape
