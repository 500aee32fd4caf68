// The type that an op computes in.
#pragma once

#include <span>

#include <gradtape/autograd/tensor.h>

namespace gradtape {

// libtorch's rule: tensors with dimensions decide; 0-dimensional ones, and C++ numbers after them, only raise the kind
// (bool < integer < floating), where a C++ number counts as float32.
DType promoted_type(std::span<const Tensor* const> x);

// The sum of x over the dimensions in which `shape` was broadcast to x's: x's gradient in the smaller shape.
Tensor sum_to(const Tensor& x, const Shape& shape, Location where = Location::current());

}  // namespace gradtape
