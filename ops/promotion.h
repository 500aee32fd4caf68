// The type that an op computes in.
#pragma once

#include <span>

#include <gradtape/autograd/tensor.h>

namespace gradtape {

// Is it a number of C++ or of a formula, at home on every device?
inline bool is_number(const Tensor& x) {
  return x.defined() && x.tensor_data()->weak_type && x.tensor_data()->weak_type != 3;
}
// Is it made of numbers alone, so that it takes the type of what it meets? A mask may have chosen among them.
inline bool is_of_numbers(const Tensor& x) { return x.defined() && x.tensor_data()->weak_type; }
// What the number is.
double value_of_number(const Tensor& number);

// The type of what an op makes of both, as libtorch's of that name. Throws ValueError for an undefined tensor.
DType result_type(const Operand& a, const Operand& b);

// libtorch's rule: tensors with dimensions decide; 0-dimensional ones, and C++ numbers after them, only raise the kind
// (bool < integer < floating), where a C++ number counts as float32.
DType promoted_type(std::span<const Tensor* const> x);

}  // namespace gradtape
