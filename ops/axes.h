// Dimensions as users name them, and the order that puts reduced ones together.
#pragma once

#include <gradtape/autograd/tensor.h>

namespace gradtape {

// 0 ≤ dim < rank, from a dim that may count from the last (a 0-dimensional tensor takes 0 and -1). Throws IndexError.
int checked_dim(const char* op, const Tensor& x, int dim, Location at);

// The same order of dimensions that come behind `lead` others, which stay in front.
Dims order_behind(int lead, const Dims& order);

// x with dimension `from` moved to the place `to`; a view.
Tensor move_dim(const Tensor& x, int from, int to, Location at);

}  // namespace gradtape
