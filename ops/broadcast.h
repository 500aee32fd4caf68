// The shape and the device of an op's result, from those of its inputs.
#pragma once

#include <span>

#include <gradtape/autograd/tensor.h>

namespace gradtape {

// The shape that all broadcast to, by NumPy's rule. Throws ShapeError naming the op.
Shape broadcast_shape(const char* op, std::span<const Tensor* const> x, Location at);
Shape broadcast_shape(const char* op, const Tensor& a, const Tensor& b, Location at);

// Where all are; C++ numbers are at home everywhere. Throws DeviceError naming the op.
Device common_device(const char* op, std::span<const Tensor* const> x, Location at);

}  // namespace gradtape
