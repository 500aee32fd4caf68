#include <gradtape/models/losses.h>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>

namespace gradtape {
namespace {

void require_same_shape(const char* op, const Tensor& prediction, const Tensor& target, Location at) {
  if (prediction.shape() == target.shape()) return;
  fail<ShapeError>(at, op, "prediction and target differ in shape", {{"prediction", prediction}, {"target", target}},
                   "They must be equal: a loss does not broadcast.");
}

Tensor reduced(const Tensor& losses, Reduction reduction) {
  return reduction == Reduction::none ? losses : reduction == Reduction::sum ? sum(losses) : mean(losses);
}

// A target or weight as the prediction's type, where that is floating.
Tensor like(const Tensor& target, const Tensor& prediction) {
  return is_floating(prediction.dtype()) ? target.to(prediction.dtype()) : target;
}

// Class weights, through which no gradient flows.
Tensor weights_like(const Tensor& weight, const Tensor& prediction) { return like(weight.detach(), prediction); }

// Note: weights of 0. A term of weight 0 is 0 whatever it is multiplied by, so losses multiply by chain(weight, term):
// 0 · ∞ never comes up.

Tensor soft_cross_entropy(const Tensor& log_probs, const Tensor& target, const CrossEntropyOptions& options,
                          Location at) {
  require_same_shape("cross_entropy", log_probs, target, at);
  const auto classes = static_cast<double>(log_probs.size(-1));
  Tensor wanted = like(target, log_probs);
  if (options.label_smoothing > 0) wanted = wanted * (1 - options.label_smoothing) + options.label_smoothing / classes;
  if (options.weight.defined()) wanted = wanted * weights_like(options.weight, log_probs);
  return reduced(-sum(chain(wanted, log_probs), {-1}), options.reduction);
}

// The part that label smoothing adds: -Σ w · log p / classes of each example that counts, 0 of the others.
Tensor smooth_part(const Tensor& log_probs, const Tensor& labels, const CrossEntropyOptions& options) {
  const Tensor weighted =
      options.weight.defined() ? chain(weights_like(options.weight, log_probs), log_probs) : log_probs;
  return where(labels != options.ignore_index, -mean(weighted, {1}), 0);
}

// What the mean divides by: the weights of the labels that count.
Tensor counted_weight(const Tensor& log_probs, const Tensor& labels, const CrossEntropyOptions& options) {
  const Tensor counts = labels != options.ignore_index;
  if (!options.weight.defined()) return sum(counts.to(log_probs.dtype()));
  const Tensor known = where(counts, labels, 0);
  return sum(where(counts, index_select(weights_like(options.weight, log_probs), 0, known), 0));
}

}  // namespace

Tensor nll_loss(const Tensor& log_probs, const Tensor& labels, const NllOptions& options, Location at) {
  return nll(log_probs, labels, options.weight, options.ignore_index, options.reduction, at);
}

Tensor cross_entropy(const Tensor& logits, const Tensor& target, const CrossEntropyOptions& options, Location at) {
  Call call(at);
  const bool soft = is_floating(target.dtype());
  if (soft && target.dim() == 1 && logits.dim() == 2)
    fail<DTypeError>(at, "cross_entropy", "labels are integers", {{"logits", logits}, {"target", target}},
                     "Convert them: target.to(gt::int64).");
  if (logits.dim() != 2 || (!soft && target.dim() != 1))
    fail<ShapeError>(at, "cross_entropy", "logits are [batch, classes], labels [batch], soft labels [batch, classes]",
                     {{"logits", logits}, {"target", target}});
  if (logits.size(0) != target.size(0))
    fail<ShapeError>(at, "cross_entropy", "there is a label for each row of logits",
                     {{"logits", logits}, {"target", target}},
                     fmt::format("{} and {} must be equal.", logits.size(0), target.size(0)));
  if (options.weight.defined() && !(options.weight.shape() == Shape{logits.size(1)}))
    fail<ShapeError>(at, "cross_entropy", "there is a weight for each class",
                     {{"logits", logits}, {"weight", options.weight}});
  const double smoothing = options.label_smoothing;
  if (!(smoothing >= 0 && smoothing <= 1))
    fail<ValueError>(at, "cross_entropy", fmt::format("label_smoothing is a share from 0 to 1, not {}", smoothing));
  if (!soft && smoothing == 0)
    return softmax_cross_entropy(logits, target, options.weight, options.ignore_index, options.reduction, at);
  const Tensor log_probs = log_softmax(logits, 1);
  if (soft) return soft_cross_entropy(log_probs, target, options, at);
  const Tensor each =
      chain(Tensor(1 - smoothing), nll(log_probs, target, options.weight, options.ignore_index, Reduction::none)) +
      smooth_part(log_probs, target, options) * smoothing;
  if (options.reduction != Reduction::mean) return reduced(each, options.reduction);
  const Tensor divisor = counted_weight(log_probs, target, options);
  return target.numel() == 0 ? sum(each) / divisor : gradtape::where(divisor == 0, sum(each), sum(each) / divisor);
}

Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target, LossOptions options, Location at) {
  Call call(at);
  require_same_shape("binary_cross_entropy_with_logits", logits, target, at);
  const Tensor y = like(target, logits);
  return reduced(chain(y, softplus(-logits)) + chain(1 - y, softplus(logits)), options.reduction);
}

Tensor mse_loss(const Tensor& prediction, const Tensor& target, LossOptions options, Location at) {
  Call call(at);
  require_same_shape("mse_loss", prediction, target, at);
  return reduced(square(prediction - like(target, prediction)), options.reduction);
}

Tensor squared_error(const Tensor& prediction, const Tensor& target, LossOptions options, Location at) {
  Call call(at);
  require_same_shape("squared_error", prediction, target, at);
  return reduced(square(prediction - like(target, prediction)) * 0.5, options.reduction);
}

Tensor zero_one_loss(const Tensor& prediction, const Tensor& labels, LossOptions options, Location at) {
  Call call(at);
  const Tensor classes = prediction.dim() == 2 ? argmax(prediction, 1) : prediction;
  require_same_shape("zero_one_loss", classes, labels, at);
  return reduced((classes != labels).to(DType::float64), options.reduction);
}

}  // namespace gradtape
