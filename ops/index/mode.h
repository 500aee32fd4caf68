// The most frequent number along a dimension, and where it stands.
#pragma once

#include <gradtape/ops/values_and_indices.h>

namespace gradtape {

// Of equally frequent ones the smallest; of its places the last, which alone gets the gradient. As in unique, -0 and 0
// are equal, and each NaN stands for itself, larger than all. Throws ShapeError for nothing.
ValuesAndIndices mode(const Tensor& x, int dim = -1, bool keepdim = false, Location at = Location::current());

}  // namespace gradtape
