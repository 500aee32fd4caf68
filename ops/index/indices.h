// Index tensors, checked. For index ops.
#pragma once

#include <gradtape/autograd/tensor.h>

namespace gradtape {

// As dense int64. Throws DTypeError unless integers, IndexError naming the first value outside 0 ≤ i < size, but for `ignored`; on a
// device the kernels check that. Messages call them by their `role`.
Tensor checked_indices(const char* op, const Tensor& indices, std::int64_t size, Location where,
                       std::int64_t ignored = 0, const char* role = "indices");

// What a loss over classes is computed from, checked and dense: scores [batch, classes] of a floating type, labels int64
// [batch], weights [classes] of the scores' type or undefined. Throws ShapeError, DTypeError, IndexError.
struct LabelledScores {
  Tensor scores, labels, weights;
};
LabelledScores checked_labels(const char* op, const char* scores_name, const Tensor& scores, const Tensor& labels, const Tensor& weight,
                              std::int64_t ignored, Location where);

// How an index op's dense tensors lie: [outer, size, inner] where the indices point to, [outer, picked, inner] on the other side. There is
// an index for each part [picked], or for each element.
struct Picking {
  const char* op;
  bool for_each_element;
  std::int64_t outer, picked, size, inner;
  // How many elements are on the other side.
  std::int64_t count() const { return product_of(product_of(outer, picked), inner); }
};
// On a device: the elements that the list names, and the sums of elements at the places that it names.
void pick_on_device(const Picking& lie, const Tensor& list, const Tensor& from, const Tensor& to, Location where);
void add_on_device(const Picking& lie, const Tensor& list, const Tensor& from, const Tensor& to, Location where);

// The loss that `of` says, from logits (softmax) or log-probabilities, and over what its mean was taken: a float64, 1 where it is no mean.
struct Nll;
struct LossAndDivisor {
  Tensor loss, divisor;
};
LossAndDivisor room_for_loss(const char* op, const Nll& of, const LabelledScores& in);
// On a device.
void loss_on_device(const char* op, bool softmax, const Nll& of, const LabelledScores& in, const LossAndDivisor& to, Location where);
// [batch, classes], from the gradient of the loss. Log-probabilities are not needed.
Tensor loss_gradient_on_device(const char* op, bool softmax, const Nll& of, const LabelledScores& in, const Tensor& divisor, const Tensor& gradient);

// A dense tensor's [outer, size, inner] around a dimension.
struct Around {
  std::int64_t outer = 1, size = 1, inner = 1;
  Around(const Shape& shape, int dim) {
    for (int d = 0; d < shape.rank(); ++d) {
      std::int64_t& part = d < dim ? outer : d == dim ? size : inner;
      part = product_of(part, shape[d]);
    }
  }
};

}  // namespace gradtape
