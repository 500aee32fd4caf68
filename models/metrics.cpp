#include <gradtape/models/metrics.h>

#include <gradtape/autograd/error.h>
#include <gradtape/models/losses.h>
#include <gradtape/ops/index/indices.h>

namespace gradtape {

double accuracy(const Tensor& prediction, const Tensor& labels, Location where) {
  Call call(where);
  NoGrad pause;
  const auto mistakes =
      sum(zero_one_loss(prediction, labels, {.reduction = Reduction::none}).to(DType::int64)).item<std::int64_t>();
  return static_cast<double>(labels.numel() - mistakes) / static_cast<double>(labels.numel());
}

Tensor confusion_matrix(const Tensor& prediction, const Tensor& labels, std::int64_t classes, Location where) {
  Call call(where);
  NoGrad pause;
  if (classes < 1)
    fail<ValueError>(where, "confusion_matrix", "there must be at least 1 class, not " + std::to_string(classes));
  const Tensor taken = (prediction.dim() == 2 ? argmax(prediction, 1) : prediction).to(Device::cpu());
  if (!(taken.shape() == labels.shape()))
    fail<ShapeError>(where, "confusion_matrix", "there is a label for each example",
                     {{"prediction", prediction}, {"labels", labels}});
  const Tensor rows = checked_indices("confusion_matrix", labels.to(Device::cpu()), classes, where, 0, "labels");
  const Tensor columns = checked_indices("confusion_matrix", taken, classes, where);
  Tensor counts = new_full("confusion_matrix", {classes, classes}, 0, {.dtype = DType::int64});
  for (std::int64_t i = 0; i < rows.numel(); ++i)
    ++counts.data<std::int64_t>()[rows.data<std::int64_t>()[i] * classes + columns.data<std::int64_t>()[i]];
  return counts;
}

}  // namespace gradtape
