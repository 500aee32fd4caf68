#include <gradtape/models/metrics.h>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/models/losses.h>

namespace gradtape {
namespace {

std::vector<std::int64_t> checked_classes(const char* role, const Tensor& given, std::int64_t classes, Location at) {
  if (is_floating(given.dtype()) || given.dtype() == DType::boolean)
    fail<DTypeError>(at, "confusion_matrix", fmt::format("{} are integers", role), {{role, given}},
                     "Convert them: x.to(gt::int64).");
  const auto numbers = given.to_vector<std::int64_t>();
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (numbers[i] < 0 || numbers[i] >= classes)
      fail<IndexError>(at, "confusion_matrix", fmt::format("value {} at position {} is out of range", numbers[i], i),
                       {{role, given}}, fmt::format("It must be at least 0 and below {}.", classes));
  return numbers;
}

// The counts on the diagonal, as shares of the sums along a dimension.
Tensor shares_along(const Tensor& counts, int dim) {
  return sum(counts * eye(counts.size(0), {.dtype = DType::int64}), {dim}).to(DType::float64) / sum(counts, {dim});
}

}  // namespace

double accuracy(const Tensor& prediction, const Tensor& labels, Location at) {
  Call call(at);
  NoGrad pause;
  const auto mistakes =
      sum(zero_one_loss(prediction, labels, {.reduction = Reduction::none}).to(DType::int64)).item<std::int64_t>();
  return static_cast<double>(labels.numel() - mistakes) / static_cast<double>(labels.numel());
}

Tensor confusion_matrix(const Tensor& prediction, const Tensor& labels, std::int64_t classes, Location at) {
  Call call(at);
  NoGrad pause;
  if (classes < 1)
    fail<ValueError>(at, "confusion_matrix", "there must be at least 1 class, not " + std::to_string(classes));
  const Tensor taken = prediction.dim() == 2 ? argmax(prediction, 1) : prediction;
  if (!(taken.shape() == labels.shape()))
    fail<ShapeError>(at, "confusion_matrix", "there is a label for each example",
                     {{"prediction", prediction}, {"labels", labels}});
  const auto rows = checked_classes("labels", labels, classes, at);
  const auto columns = checked_classes("predictions", taken, classes, at);
  std::vector<std::int64_t> counts(static_cast<std::size_t>(product_of(classes, classes)));
  for (std::size_t i = 0; i < rows.size(); ++i) ++counts[static_cast<std::size_t>(rows[i] * classes + columns[i])];
  return tensor(counts, {classes, classes});
}

Tensor recall(const Tensor& prediction, const Tensor& labels, std::int64_t classes, Location at) {
  Call call(at);
  NoGrad pause;
  return shares_along(confusion_matrix(prediction, labels, classes, at), 1);
}

Tensor precision(const Tensor& prediction, const Tensor& labels, std::int64_t classes, Location at) {
  Call call(at);
  NoGrad pause;
  return shares_along(confusion_matrix(prediction, labels, classes, at), 0);
}

}  // namespace gradtape
