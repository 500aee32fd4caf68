#include <gradtape/models/calibration.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/tape.h>
#include <gradtape/models/losses.h>
#include <gradtape/models/optimize.h>

namespace gradtape {
namespace {

void require_a_temperature(const Tensor& logits, const Tensor& labels, Location at) {
  const Tensor of_labels = -nll_loss(logits, labels, {.reduction = Reduction::none}, at);
  if (!std::isfinite(sum(logits).item()))
    fail<ValueError>(at, "calibrate_temperature", "the logits are not all finite", {{"logits", logits}});
  if (!(sum(amax(logits, {1}) - of_labels).item() > 0))
    fail<ValueError>(at, "calibrate_temperature", "each label has the largest logit, so no temperature is too low",
                     {{"logits", logits}, {"labels", labels}}, "Take held-out examples, some of which it gets wrong.");
  if (!(mean(of_labels).item() > mean(logits).item()))
    fail<ValueError>(at, "calibrate_temperature",
                     "labels have no larger logits than others, so no temperature is too high",
                     {{"logits", logits}, {"labels", labels}}, "Look whether labels and logits belong together.");
}

std::vector<double> checked_confidences(const Tensor& probabilities, const Tensor& labels, std::int64_t bins,
                                        Location at) {
  if (probabilities.dim() != 2 || labels.dim() != 1 || probabilities.size(0) != labels.size(0))
    fail<ShapeError>(at, "reliability", "probabilities are [batch, classes], labels [batch]",
                     {{"probabilities", probabilities}, {"labels", labels}});
  if (is_floating(labels.dtype()))
    fail<DTypeError>(at, "reliability", "labels are integers", {{"labels", labels}}, "Convert them: x.to(gt::int64).");
  if (bins < 1) fail<ValueError>(at, "reliability", fmt::format("there must be at least 1 bin, not {}", bins));
  const auto confidences = amax(probabilities, {1}).to_vector<double>();
  for (std::size_t i = 0; i < confidences.size(); ++i)
    if (!(confidences[i] >= 0 && confidences[i] <= 1 + 1e-6))
      fail<ValueError>(at, "reliability", fmt::format("{} of example {} is no probability", confidences[i], i),
                       {{"probabilities", probabilities}}, "Take gt::softmax(logits, 1).");
  return confidences;
}

}  // namespace

double calibrate_temperature(const Tensor& logits, const Tensor& labels, Location at) {
  Call call(at);
  NoGrad pause;
  const Tensor z = logits.detach().to(DType::float64);
  cross_entropy(z, labels, {}, at);  // throws for shapes and labels that do not fit
  require_a_temperature(z, labels, at);
  // In units of the largest logit the slope is about 1, whatever the logits' scale. At 0, where all classes are as
  // likely, the curvature is their variance.
  const double unit = amax(abs(z)).item();
  auto nll = [&, scaled = z / unit](const Tensor& inverse) { return cross_entropy(scaled * inverse, labels, {}, at); };
  const auto found = optimize::newton(nll, scalar(0.0).to(z.device()), {.tolerance_grad = 1e-12}, at);
  return unit / found.x.item();
}

Reliability reliability(const Tensor& probabilities, const Tensor& labels, std::int64_t bins, Location at) {
  Call call(at);
  NoGrad pause;
  const auto confidences = checked_confidences(probabilities, labels, bins, at);
  const auto is_right = (argmax(probabilities, 1) == labels).to_vector<bool>();
  const auto size = static_cast<std::size_t>(bins);
  std::vector<double> confidence(size), right(size);
  std::vector<std::int64_t> count(size);
  for (std::size_t i = 0; i < confidences.size(); ++i) {
    const auto last = static_cast<double>(bins - 1);
    const auto bin = static_cast<std::size_t>(std::clamp(std::ceil(confidences[i] * (last + 1)) - 1, 0.0, last));
    confidence[bin] += confidences[i];
    right[bin] += is_right[i];
    ++count[bin];
  }
  const Tensor counts = tensor(count, {bins});
  return {tensor(confidence, {bins}) / counts, tensor(right, {bins}) / counts, counts};
}

double expected_calibration_error(const Tensor& probabilities, const Tensor& labels, std::int64_t bins, Location at) {
  Call call(at);
  NoGrad pause;
  const Reliability all = reliability(probabilities, labels, bins, at);
  const Tensor gaps = where(all.count > 0, abs(all.accuracy - all.confidence) * all.count, 0);
  return sum(gaps).item() / static_cast<double>(labels.numel());
}

}  // namespace gradtape
