// What losses are made of: terms of one shape, their weights, and what is made of them. Internal.
#pragma once

#include <gradtape/autograd/error.h>
#include <gradtape/ops.h>

namespace gradtape::detail {

// Throws ShapeError naming both unless they have one shape: a loss does not broadcast.
void require_same_shape(const char* op, Shown a, Shown b, Location at);

// Numbers of 16 bits as float32, so that no term is rounded, nor overflows, on the way.
Tensor widened(const Tensor& x);
// A target or weight as the prediction's type, where that is floating.
Tensor like(const Tensor& target, const Tensor& prediction);

// Note: weights of 0. A term of weight 0 is 0 whatever it is multiplied by, so losses multiply by chain(weight, term):
// 0 · ∞ never comes up.

// The terms by weights that broadcast to them, or as they are without any. No gradient flows to weights. Throws
// ShapeError.
Tensor weighted(const char* op, const Tensor& terms, Shown weight, Location at);

// Throws ValueError for batchmean, which kl_div alone knows.
void require_known(const char* op, Reduction reduction, Location at);
Tensor reduced(const char* op, const Tensor& losses, Reduction reduction, Location at);

}  // namespace gradtape::detail
