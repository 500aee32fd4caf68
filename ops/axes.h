// Dimensions as users name them, and the order that puts reduced ones together.
#pragma once

#include <gradtape/autograd/tensor.h>

namespace gradtape {

// 0 ≤ dim < rank, from a dim that may count from the last (a 0-dimensional tensor takes 0 and -1). Throws IndexError.
int checked_dim(const char* op, const Tensor& x, int dim, Location at);
// The same of a tensor that is cut along it, which a number cannot be.
int dim_of_parts(const char* op, const Tensor& x, int dim, Location at);
// The same of several, each of which may be named once.
Dims checked_dims(const char* op, const Tensor& x, const Dims& dims, Location at);

// The order that brings dimensions back from another.
Dims inverse(const Dims& order);
// The same order of dimensions that come behind `lead` others, which stay in front.
Dims order_behind(int lead, const Dims& order);

// x with dimension `from` moved to the place `to`; a view.
Tensor move_dim(const Tensor& x, int from, int to, Location at);

}  // namespace gradtape
