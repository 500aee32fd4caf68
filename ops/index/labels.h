// Losses over labels: what they are computed from, and their code for CUDA. For nll and softmax_cross_entropy.
//
// Forward a kernel reads scores, labels and weights and writes the loss, its divisor and (softmax) the rows' totals;
// backward it reads scores (softmax), labels, weights, the divisor and the gradient and writes that of the scores. Its
// settings are the op's, an Nll.
#pragma once

#include <gradtape/autograd/launch.h>
#include <gradtape/ops/index/nll.h>

namespace gradtape {

// What a loss over classes is computed from, checked and dense: scores [batch, classes] of a floating type, labels
// int64 [batch], weights [classes] of the scores' type or undefined. Throws ShapeError, DTypeError, IndexError.
struct LabelledScores {
  Tensor scores, labels, weights;
};
LabelledScores checked_labels(const char* op, const char* scores_name, const Tensor& scores, const Tensor& labels,
                              const Tensor& weight, std::int64_t ignored, Location at);

// ScratchBuffer for the loss that `of` says, and for what its mean is taken over: a float64, 1 where it is no mean.
struct LossAndDivisor {
  Tensor loss, divisor;
};
LossAndDivisor room_for_loss(const char* op, const Nll& of, const LabelledScores& in);

void nll_on_cuda(const Launch& work);
void nll_gradient_on_cuda(const Launch& work);
void softmax_cross_entropy_on_cuda(const Launch& work);
void softmax_cross_entropy_gradient_on_cuda(const Launch& work);

}  // namespace gradtape
