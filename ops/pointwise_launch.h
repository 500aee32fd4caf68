// The work of pointwise ops as launches: the kernels that every op's row stands behind. Internal.
#pragma once

#include <optional>

#include <gradtape/autograd/launch.h>
#include <gradtape/ops/pointwise.h>

namespace gradtape {

// Of the inputs whose bits are set.
inline int last_of(unsigned wanted) { return 31 - __builtin_clz(wanted | 1); }
// Which of an op's backward passes writes these gradients, bit i for input i: the one of an input, or the last, of all.
inline int pass_of(int inputs, unsigned wanted) {
  const int last = last_of(wanted);
  return inputs == 1 || wanted == 1u << last ? last : 3;
}

// Computes with numbers of this type; the inputs are any.
void launch_forward(const PointwiseKernels& row, const void* op, DType type, const TensorData* y,
                    const Tensor* const* x);

// Writes gradients of the op's inputs from that of y. Null: not wanted, or not kept.
void launch_backward(const PointwiseKernels& row, const void* op, const Tensor* gradients, const TensorData* g,
                     const TensorData* y, const TensorData* const* x);

// Such a piece of work as what it computes, for kernels that do it together with others.
struct PointwisePass {
  const PointwiseKernels* row;
  int gradient;  // -1: forward, else the backward pass, by pass_of()
  DType type;
  const void* settings;
  const TensorData* x[3];  // null: not read
  const TensorData* y;  // the result that a slope reads
  const TensorData* g;  // the result's gradient
  const TensorData* out[3];  // null: not wanted
  const TensorData* like;  // what all elements lie like, the inputs' apart
};
// Nothing where it is other work.
std::optional<PointwisePass> pointwise_pass(const Launch& work);

}  // namespace gradtape
