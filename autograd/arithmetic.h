// What the engine asks of arithmetic on tensors. Defined in ops/, and recorded as ops are. Internal.
#pragma once

#include <vector>

#include <gradtape/autograd/tensor.h>

namespace gradtape {

// The sum of two contributions to a gradient, which look alike. `into` may be written over when this is its only
// handle.
Tensor sum_of_gradients(Tensor into, const Tensor& other);
// Gradients [directions, *shape] times slopes [*shape]; both keep their zeros.
Tensor times_slopes(const Tensor& gradients, const Tensor& slopes);
// The elements of some gradients, one behind the other, in a shape.
Tensor joined_gradients(const std::vector<Tensor>& parts, const Shape& shape);
Tensor part_of_directions(const Tensor& all, std::int64_t first, std::int64_t count);
Tensor transposed(const Tensor& rows);
// a · b
Tensor matrix_product(const Tensor& a, const Tensor& b);
// into + from · scale, a constant. Throws ShapeError naming the op where `from` does not broadcast to the shape of
// `into`.
Tensor scaled_sum(const char* op, const Tensor& into, const Tensor& from, Number scale, Location at);
// A dense copy, as another type, on another device.
Tensor copy_as(const char* op, const Tensor& x, DType dtype, Device device, Location at);

}  // namespace gradtape
