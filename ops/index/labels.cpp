#include <gradtape/ops/index/labels.h>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/index/indices.h>

namespace gradtape {

LabelledScores checked_labels(const char* op, const char* scores_name, const Tensor& scores, const Tensor& labels,
                              const Tensor& weight, std::int64_t ignored, Location at) {
  if (scores.dim() != 2 || labels.dim() != 1)
    fail<ShapeError>(at, op, fmt::format("{} are [batch, classes] and labels [batch]", scores_name),
                     {{scores_name, scores}, {"labels", labels}});
  if (scores.shape()[0] != labels.shape()[0])
    fail<ShapeError>(at, op, fmt::format("there is a label for each row of {}", scores_name),
                     {{scores_name, scores}, {"labels", labels}},
                     fmt::format("{} and {} must be equal.", scores.shape()[0], labels.shape()[0]));
  const std::int64_t classes = scores.shape()[1];
  if (weight.defined() && !(weight.shape() == Shape{classes}))
    fail<ShapeError>(at, op, "there is a weight for each class", {{scores_name, scores}, {"weight", weight}});
  require_one_device(op, {{scores_name, scores}, {"labels", labels}, {"weight", weight}}, at);
  const Tensor dense = (has_loops(scores.dtype()) ? scores : scores.to(DType::float32)).contiguous();
  return {dense, checked_indices(op, labels, classes, at, ignored, "labels"),
          weight.defined() ? weight.detach().to(dense.dtype()).contiguous() : Tensor()};
}

LossAndDivisor room_for_loss(const char* op, const Nll& of, const LabelledScores& in) {
  const Device device = in.scores.device();
  return {new_tensor(op, of.reduction == Reduction::none ? in.labels.shape() : Shape{},
                     {.dtype = in.scores.dtype(), .device = device}),
          new_tensor(op, {}, {.dtype = DType::float64, .device = device})};
}

}  // namespace gradtape
