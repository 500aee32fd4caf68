#include <gradtape/models/losses.h>

#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include <gradtape/models/loss_terms.h>

namespace gradtape {

using namespace detail;

namespace {

// Class weights, through which no gradient flows.
Tensor weights_like(const Tensor& weight, const Tensor& prediction) { return like(weight.detach(), prediction); }

// Of scores [classes], [batch, classes] or [batch, classes, d…]: which dimension is that of the classes, and the
// others.
int classes_of(const Tensor& scores) { return scores.dim() > 1; }
Shape without_classes(const Tensor& scores) {
  Shape shape = scores.shape();
  shape.erase(classes_of(scores));
  return shape;
}
// The same as [rows, classes], and their labels as [rows].
Tensor as_rows(const Tensor& scores) {
  if (scores.dim() < 3) return scores.dim() == 2 ? scores : unsqueeze(scores, 0);
  Dims order = {0};
  for (int d = 2; d < scores.dim(); ++d) order.push_back(d);
  order.push_back(1);
  return reshape(permute(scores, order), {count_of(without_classes(scores)), scores.size(1)});
}
Tensor as_row(const Tensor& labels) { return labels.dim() == 1 ? labels : reshape(labels, {labels.numel()}); }

void require_labels(const char* op, Shown scores, Shown labels, Location at) {
  if (scores.tensor.dim() > 0 && labels.tensor.shape() == without_classes(scores.tensor)) return;
  fail<ShapeError>(at, op, fmt::format("labels have the shape of {} without the classes", scores.role),
                   {scores, labels});
}

Tensor soft_cross_entropy(const Tensor& log_probs, const Tensor& target, const CrossEntropyOptions& options,
                          Location at) {
  const auto classes = static_cast<double>(log_probs.size(-1));
  Tensor wanted = like(target, log_probs);
  if (options.label_smoothing > 0) wanted = wanted * (1 - options.label_smoothing) + options.label_smoothing / classes;
  if (options.weight.defined()) wanted = wanted * weights_like(options.weight, log_probs);
  return reduced("cross_entropy", -sum(chain(wanted, log_probs), {-1}), options.reduction, at);
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

// What fits the logits, a target and weights: throws ShapeError, DTypeError, ValueError.
void check_cross_entropy(const Tensor& logits, const Tensor& target, bool soft, const CrossEntropyOptions& options,
                         Location at) {
  constexpr auto op = "cross_entropy";
  const Shown shown[] = {{"logits", logits}, {"target", target}};
  require_known(op, options.reduction, at);
  if (soft && target.dim() + 1 == logits.dim())
    fail<DTypeError>(at, op, "labels are integers", {shown[0], shown[1]}, "Convert them: target.to(gt::int64).");
  if (logits.dim() == 0 || target.dim() != logits.dim() - !soft)
    fail<ShapeError>(at, op, "logits are [batch, classes, …], labels [batch, …], soft labels [batch, classes, …]",
                     {shown[0], shown[1]});
  if (logits.dim() == 2 && logits.size(0) != target.size(0))
    fail<ShapeError>(at, op, "there is a label for each row of logits", {shown[0], shown[1]},
                     fmt::format("{} and {} must be equal.", logits.size(0), target.size(0)));
  if (soft) require_same_shape(op, shown[0], shown[1], at);
  else require_labels(op, shown[0], shown[1], at);
  if (options.weight.defined() && !(options.weight.shape() == Shape{logits.size(classes_of(logits))}))
    fail<ShapeError>(at, op, "there is a weight for each class", {shown[0], {"weight", options.weight}});
  const double smoothing = options.label_smoothing;
  if (!(smoothing >= 0 && smoothing <= 1))
    fail<ValueError>(at, op, fmt::format("label_smoothing is a share from 0 to 1, not {}", smoothing));
}

// Of logits [rows, classes].
Tensor cross_entropy_of_rows(const Tensor& logits, const Tensor& target, bool soft, const CrossEntropyOptions& options,
                             Location at) {
  const double smoothing = options.label_smoothing;
  if (!soft && smoothing == 0)
    return softmax_cross_entropy(logits, target, options.weight, options.ignore_index, options.reduction, at);
  const Tensor log_probs = log_softmax(widened(logits), 1);
  if (soft) return soft_cross_entropy(log_probs, target, options, at);
  const Tensor each =
      chain(Tensor(1 - smoothing), nll(log_probs, target, options.weight, options.ignore_index, Reduction::none)) +
      smooth_part(log_probs, target, options) * smoothing;
  if (options.reduction != Reduction::mean) return reduced("cross_entropy", each, options.reduction, at);
  const Tensor divisor = counted_weight(log_probs, target, options);
  return target.numel() == 0 ? sum(each) / divisor : gradtape::where(divisor == 0, sum(each), sum(each) / divisor);
}

// Losses of rows in the shape of what the rows were; a loss made of them as it is.
Tensor for_each(const Tensor& scores, const Tensor& losses, Reduction reduction) {
  return scores.dim() == 2 || reduction != Reduction::none ? losses : reshape(losses, without_classes(scores));
}

// prediction - target, of one shape.
Tensor difference(const char* op, const Tensor& prediction, const Tensor& target, Location at) {
  require_same_shape(op, {"prediction", prediction}, {"target", target}, at);
  const Tensor x = widened(prediction);
  return x - like(target, x);
}

}  // namespace

Tensor nll_loss(const Tensor& log_probs, const Tensor& labels, const NllOptions& options, Location at) {
  Call call(at);
  require_known("nll_loss", options.reduction, at);
  if (log_probs.dim() != 2) require_labels("nll_loss", {"log_probs", log_probs}, {"labels", labels}, at);
  const Tensor row = log_probs.dim() == 2 ? labels : as_row(labels);
  const Tensor losses = nll(as_rows(log_probs), row, options.weight, options.ignore_index, options.reduction, at);
  return for_each(log_probs, losses, options.reduction);
}

Tensor cross_entropy(const Tensor& logits, const Tensor& target, const CrossEntropyOptions& options, Location at) {
  Call call(at);
  const bool soft = is_floating(target.dtype());
  check_cross_entropy(logits, target, soft, options, at);
  const Tensor losses =
      cross_entropy_of_rows(as_rows(logits), soft ? as_rows(target) : as_row(target), soft, options, at);
  return for_each(logits, losses, options.reduction);
}

Tensor binary_cross_entropy(const Tensor& probabilities, const Tensor& target, const BinaryCrossEntropyOptions& options,
                            Location at) {
  Call call(at);
  constexpr auto op = "binary_cross_entropy";
  require_same_shape(op, {"probabilities", probabilities}, {"target", target}, at);
  const Tensor p = widened(probabilities), terms = pointwise(BinaryCrossEntropy{}, at, p, like(target, p));
  return reduced(op, weighted(op, terms, {"weight", options.weight}, at), options.reduction, at);
}

Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target,
                                        const BinaryCrossEntropyWithLogitsOptions& options, Location at) {
  Call call(at);
  constexpr auto op = "binary_cross_entropy_with_logits";
  require_same_shape(op, {"logits", logits}, {"target", target}, at);
  const Tensor x = widened(logits), y = like(target, x);
  const Tensor positive = weighted(op, chain(y, softplus(-x)), {"pos_weight", options.pos_weight}, at);
  const Tensor terms = positive + chain(1 - y, softplus(x));
  return reduced(op, weighted(op, terms, {"weight", options.weight}, at), options.reduction, at);
}

Tensor kl_div(const Tensor& log_probs, const Tensor& target, KlDivOptions options, Location at) {
  Call call(at);
  require_same_shape("kl_div", {"log_probs", log_probs}, {"target", target}, at);
  const Tensor x = widened(log_probs), q = like(target, x);
  const Tensor terms = options.log_target ? chain(exp(q), q - x) : chain(q, log(q) - x);
  if (options.reduction != Reduction::batchmean) return reduced("kl_div", terms, options.reduction, at);
  return sum(terms) / (x.dim() == 0 ? 1 : x.size(0));
}

Tensor mse_loss(const Tensor& prediction, const Tensor& target, LossOptions options, Location at) {
  Call call(at);
  return reduced("mse_loss", square(difference("mse_loss", prediction, target, at)), options.reduction, at);
}

Tensor squared_error(const Tensor& prediction, const Tensor& target, LossOptions options, Location at) {
  Call call(at);
  constexpr auto op = "squared_error";
  return reduced(op, square(difference(op, prediction, target, at)) * 0.5, options.reduction, at);
}

Tensor l1_loss(const Tensor& prediction, const Tensor& target, LossOptions options, Location at) {
  Call call(at);
  return reduced("l1_loss", abs(difference("l1_loss", prediction, target, at)), options.reduction, at);
}

Tensor huber_loss(const Tensor& prediction, const Tensor& target, HuberOptions options, Location at) {
  Call call(at);
  if (!(options.delta > 0))
    fail<ValueError>(at, "huber_loss", fmt::format("delta is greater than 0, not {}", options.delta));
  const Tensor terms = huber(difference("huber_loss", prediction, target, at), options.delta);
  return reduced("huber_loss", terms, options.reduction, at);
}

Tensor smooth_l1_loss(const Tensor& prediction, const Tensor& target, SmoothL1Options options, Location at) {
  Call call(at);
  constexpr auto op = "smooth_l1_loss";
  if (!(options.beta >= 0)) fail<ValueError>(at, op, fmt::format("beta is at least 0, not {}", options.beta));
  const Tensor gap = difference(op, prediction, target, at);
  return reduced(op, options.beta == 0 ? abs(gap) : huber(gap, options.beta) / options.beta, options.reduction, at);
}

Tensor poisson_nll_loss(const Tensor& prediction, const Tensor& target, PoissonNllOptions options, Location at) {
  Call call(at);
  constexpr auto op = "poisson_nll_loss";
  require_same_shape(op, {"prediction", prediction}, {"target", target}, at);
  const Tensor x = widened(prediction), y = like(target, x);
  Tensor terms = options.log_input ? exp(x) - chain(y, x) : x - chain(y, log(x + options.eps));
  if (options.full) terms = terms + gradtape::where(y > 1, y * log(y) - y + 0.5 * log(y * (2 * std::numbers::pi)), 0);
  return reduced(op, terms, options.reduction, at);
}

Tensor gaussian_nll_loss(const Tensor& prediction, const Tensor& target, const Tensor& variance,
                         GaussianNllOptions options, Location at) {
  Call call(at);
  constexpr auto op = "gaussian_nll_loss";
  const Tensor gap = difference(op, prediction, target, at);
  Tensor given = like(variance, gap);
  if (given.dim() + 1 == gap.dim()) given = unsqueeze(given, -1);
  Shape one_each = gap.shape();
  if (one_each.rank() > 0) one_each[one_each.rank() - 1] = 1;
  if (!(given.shape() == gap.shape()) && !(given.shape() == one_each))
    fail<ShapeError>(at, op, "the variance does not fit the prediction",
                     {{"prediction", prediction}, {"variance", variance}},
                     "It is of one shape with it, or has one number in place of the last dimension.");
  const Tensor held = given + relu(options.eps - given.detach());
  const Tensor terms = 0.5 * (log(held) + square(gap) / held);
  return reduced(op, options.full ? terms + 0.5 * std::log(2 * std::numbers::pi) : terms, options.reduction, at);
}

Tensor zero_one_loss(const Tensor& prediction, const Tensor& labels, LossOptions options, Location at) {
  Call call(at);
  const Tensor classes = prediction.dim() == 2 ? argmax(prediction, 1) : prediction;
  require_same_shape("zero_one_loss", {"prediction", classes}, {"target", labels}, at);
  return reduced("zero_one_loss", (classes != labels).to(DType::float64), options.reduction, at);
}

}  // namespace gradtape
