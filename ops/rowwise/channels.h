// What is known of each channel of [batch, channels, …].
#pragma once

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/tensor.h>

namespace gradtape {

// [channels] as [channels, 1…], which meets x [batch, channels, …]; undefined as it is. Throws ShapeError naming the
// op.
Tensor along_channels(const char* op, Shown what, const Tensor& x, Location at);

}  // namespace gradtape
