// A tensor over the same storage with other sizes and strides. For view ops.
#pragma once

#include <gradtape/autograd/tensor.h>

namespace gradtape {

// `offset` counts elements from x's first.
Tensor view_of(const Tensor& x, const Shape& shape, const Strides& strides, std::int64_t offset = 0);

}  // namespace gradtape
