// Index tensors, checked. For index ops.
#pragma once

#include <gradtape/autograd/tensor.h>

namespace gradtape {

// As dense int64. Throws DTypeError unless integers, IndexError naming the first value outside 0 ≤ i < size, but for `ignored`.
Tensor checked_indices(const char* op, const Tensor& indices, std::int64_t size, Location where, std::int64_t ignored = 0);

// What a loss over classes is computed from, checked and dense: scores [batch, classes] of a floating type, labels int64
// [batch], weights [classes] of the scores' type or undefined. Throws ShapeError, DTypeError, IndexError.
struct LabelledScores {
  Tensor scores, labels, weights;
};
LabelledScores checked_labels(const char* op, const char* scores_name, const Tensor& scores, const Tensor& labels, const Tensor& weight,
                              std::int64_t ignored, Location where);

// A dense tensor's [outer, size, inner] around a dimension.
struct Around {
  std::int64_t outer = 1, size = 1, inner = 1;
  Around(const Shape& shape, int dim) {
    for (int d = 0; d < shape.rank(); ++d) (d < dim ? outer : d == dim ? size : inner) *= shape[d];
  }
};

}  // namespace gradtape
