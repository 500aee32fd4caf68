// The backward pass of pointwise ops. Internal.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

// What an op with N inputs has as its backward.
template <int N>
void pointwise_backward(Backward& ctx);

}  // namespace gradtape
