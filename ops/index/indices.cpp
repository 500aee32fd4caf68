#include <gradtape/ops/index/indices.h>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>

namespace gradtape {

Tensor checked_indices(const char* op, const Tensor& indices, std::int64_t size, Location where, std::int64_t ignored) {
  if (is_floating(indices.dtype()) || indices.dtype() == DType::boolean)
    fail<DTypeError>(where, op, "indices and labels are integers", {{"indices", indices}}, "Convert them: x.to(gt::int64).");
  const Tensor dense = indices.detach().to(DType::int64).contiguous();
  const std::int64_t* at = dense.data<std::int64_t>();
  for (std::int64_t i = 0; i < dense.numel(); ++i)
    if ((at[i] < 0 || at[i] >= size) && (at[i] != ignored || ignored == 0)) [[unlikely]]
      fail<IndexError>(where, op, fmt::format("value {} at position {} is out of range", at[i], i), {{"indices", indices}},
                       fmt::format("It must be at least 0 and below {}.", size));
  return dense;
}

LabelledScores checked_labels(const char* op, const char* scores_name, const Tensor& scores, const Tensor& labels, const Tensor& weight,
                              std::int64_t ignored, Location where) {
  if (scores.dim() != 2 || labels.dim() != 1 || scores.shape()[0] != labels.shape()[0])
    fail<ShapeError>(where, op, fmt::format("{} are [batch, classes] and labels [batch]", scores_name), {{scores_name, scores}, {"labels", labels}});
  const std::int64_t classes = scores.shape()[1];
  if (weight.defined() && !(weight.shape() == Shape{classes}))
    fail<ShapeError>(where, op, "there is a weight for each class", {{scores_name, scores}, {"weight", weight}});
  const Tensor dense = (is_floating(scores.dtype()) ? scores : scores.to(DType::float32)).contiguous();
  return {dense, checked_indices(op, labels, classes, where, ignored), weight.defined() ? weight.detach().to(dense.dtype()).contiguous() : Tensor()};
}

}  // namespace gradtape
