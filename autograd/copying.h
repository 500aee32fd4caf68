// The kernels that write a tensor's elements as they are given: a number, which is a fill's settings, or those of
// another tensor, converted. Internal.
#pragma once

#include <gradtape/autograd/launch.h>

namespace gradtape {

extern const Kernel fill_kernel, copy_kernel;

}  // namespace gradtape
