#include <gradtape/ops/index/indices.h>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/perform.h>
#include <gradtape/autograd/profiler_range.h>
#include <gradtape/cuda/index.h>
#include <gradtape/cuda/labelled_rows.h>
#include <gradtape/ops/index/nll.h>

namespace gradtape {
namespace {

const std::int64_t* integers_of(const Tensor& list) { return reinterpret_cast<const std::int64_t*>(list.body()->data); }
void* memory_of(const Tensor& x) { return x.defined() ? x.body()->data : nullptr; }

cuda::LabelledPass pass_of(const char* op, bool softmax, const Nll& of, const LabelledScores& in, DType type, Location where) {
  using Of = cuda::LabelledPass::Of;
  const Device device = in.labels.device();
  return {device, cuda::index_check(device, op, where, of.classes, of.ignored), type, softmax, memory_of(in.scores), integers_of(in.labels),
          memory_of(in.weights), in.labels.numel(), of.classes, of.ignored,
          of.reduction == Reduction::none ? Of::each : of.reduction == Reduction::mean ? Of::mean : Of::sum};
}

cuda::PickPass pass_of(const Picking& lie, const Tensor& list, const Tensor& from, const Tensor& to, Location where) {
  const Device device = from.device();
  return {device, cuda::index_check(device, lie.op, where, lie.size), from.dtype(), to.body()->data, from.body()->data,
          integers_of(list), lie.for_each_element, lie.outer, lie.picked, lie.size, lie.inner};
}

}  // namespace

void pick_on_device(const Picking& lie, const Tensor& list, const Tensor& from, const Tensor& to, Location where) {
  const ProfilerRange range(lie.op);
  cuda::launch_pick(pass_of(lie, list, from, to, where));
}
void add_on_device(const Picking& lie, const Tensor& list, const Tensor& from, const Tensor& to, Location where) {
  const ProfilerRange range(lie.op);
  cuda::launch_add(pass_of(lie, list, from, to, where));
}

LossAndDivisor room_for_loss(const char* op, const Nll& of, const LabelledScores& in) {
  const Device device = in.scores.device();
  return {new_tensor(op, of.reduction == Reduction::none ? in.labels.shape() : Shape{},
                     {.dtype = in.scores.dtype(), .device = device}),
          new_tensor(op, {}, {.dtype = DType::float64, .device = device})};
}
void loss_on_device(const char* op, bool softmax, const Nll& of, const LabelledScores& in, const LossAndDivisor& to, Location where) {
  const ProfilerRange range(op);
  cuda::launch_losses(pass_of(op, softmax, of, in, in.scores.dtype(), where), memory_of(to.loss), static_cast<double*>(memory_of(to.divisor)));
}
Tensor loss_gradient_on_device(const char* op, bool softmax, const Nll& of, const LabelledScores& in, const Tensor& divisor, const Tensor& gradient) {
  const Tensor dx =
      new_tensor(op, {in.labels.numel(), of.classes}, {.dtype = gradient.dtype(), .device = gradient.device()});
  const ProfilerRange range(op);
  cuda::launch_loss_gradient(pass_of(op, softmax, of, in, gradient.dtype(), {}), memory_of(gradient),
                             static_cast<const double*>(memory_of(divisor)), memory_of(dx));
  return dx;
}

Tensor checked_indices(const char* op, const Tensor& indices, std::int64_t size, Location where, std::int64_t ignored,
                       const char* role) {
  if (is_floating(indices.dtype()) || indices.dtype() == DType::boolean)
    fail<DTypeError>(where, op, fmt::format("{} are integers", role), {{role, indices}},
                     "Convert them: x.to(gt::int64).");
  const Tensor dense = indices.detach().to(DType::int64).contiguous();
  if (dense.device() != Device::cpu()) return dense;
  perform(
      [=](const Tensor& dense, const Tensor& indices) {
        const std::int64_t* at = elements<std::int64_t>(dense);
        for (std::int64_t i = 0; i < dense.numel(); ++i)
          if ((at[i] < 0 || at[i] >= size) && (at[i] != ignored || ignored == 0)) [[unlikely]]
            fail<IndexError>(where, op, fmt::format("value {} at position {} is out of range", at[i], i),
                             {{role, indices}}, fmt::format("It must be at least 0 and below {}.", size));
      },
      dense, indices);
  return dense;
}

LabelledScores checked_labels(const char* op, const char* scores_name, const Tensor& scores, const Tensor& labels, const Tensor& weight,
                              std::int64_t ignored, Location where) {
  if (scores.dim() != 2 || labels.dim() != 1)
    fail<ShapeError>(where, op, fmt::format("{} are [batch, classes] and labels [batch]", scores_name), {{scores_name, scores}, {"labels", labels}});
  if (scores.shape()[0] != labels.shape()[0])
    fail<ShapeError>(where, op, fmt::format("there is a label for each row of {}", scores_name),
                     {{scores_name, scores}, {"labels", labels}},
                     fmt::format("{} and {} must be equal.", scores.shape()[0], labels.shape()[0]));
  const std::int64_t classes = scores.shape()[1];
  if (weight.defined() && !(weight.shape() == Shape{classes}))
    fail<ShapeError>(where, op, "there is a weight for each class", {{scores_name, scores}, {"weight", weight}});
  require_one_device(op, {{scores_name, scores}, {"labels", labels}, {"weight", weight}}, where);
  const Tensor dense = (scores.dtype() <= DType::float64 ? scores : scores.to(DType::float32)).contiguous();
  return {dense, checked_indices(op, labels, classes, where, ignored, "labels"),
          weight.defined() ? weight.detach().to(dense.dtype()).contiguous() : Tensor()};
}

}  // namespace gradtape
