// Divisors that are integers. Internal.
#pragma once

#include <gradtape/autograd/tensor.h>

namespace gradtape {

// Throws ValueError where two integers are divided and a divisor is 0. On a device it waits for the divisors, unless
// they are a C++ number, and throws TapeError inside a captured step.
void require_divisors(const char* op, const Tensor& a, const Tensor& b, Location at);

}  // namespace gradtape
