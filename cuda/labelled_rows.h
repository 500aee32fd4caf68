// The loops of losses over labels: rows of scores, each with a label.
#pragma once

#include <gradtape/autograd/dtype.h>
#include <gradtape/cuda/fault.h>

namespace gradtape::cuda {

// Dense arrays on a device, of one floating type but for the labels.
struct LabelledPass {
  Device device;
  IndexCheck check;  // its `ignored` label counts nothing
  DType type;
  bool softmax;      // x are logits; else log-probabilities
  const void* x;     // [rows, columns]
  const std::int64_t* labels;  // [rows]
  const void* weights;         // [columns], or null: 1 each
  std::int64_t rows, columns, ignored;
  enum class Of : std::uint8_t { each, mean, sum } of;
};

// losses: [rows], or one number. `divisor`: one double, over what the mean was taken.
void launch_losses(const LabelledPass& pass, void* losses, double* divisor);
// dx [rows, columns], from the gradient of the losses, [rows] or one number.
void launch_loss_gradient(const LabelledPass& pass, const void* gradient, const double* divisor, void* dx);

}  // namespace gradtape::cuda
