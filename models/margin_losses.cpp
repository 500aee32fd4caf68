#include <gradtape/models/margin_losses.h>

#include <fmt/format.h>

#include <gradtape/models/layers.h>
#include <gradtape/models/loss_terms.h>

namespace gradtape {

using namespace detail;

namespace {

// One example as a batch of one, and its loss.
Tensor batched(const Tensor& x, bool one) { return one ? unsqueeze(x, 0) : x; }
Tensor for_each(const Tensor& losses, bool one, Reduction reduction) {
  return one && reduction == Reduction::none ? squeeze(losses, 0) : losses;
}

}  // namespace

Tensor hinge_embedding_loss(const Tensor& x, const Tensor& target, HingeEmbeddingOptions options, Location at) {
  Call call(at);
  constexpr auto op = "hinge_embedding_loss";
  require_same_shape(op, {"x", x}, {"target", target}, at);
  const Tensor distance = widened(x);
  return reduced(op, gradtape::where(target == 1, distance, relu(options.margin - distance)), options.reduction, at);
}

Tensor margin_ranking_loss(const Tensor& a, const Tensor& b, const Tensor& target, MarginRankingOptions options,
                           Location at) {
  Call call(at);
  constexpr auto op = "margin_ranking_loss";
  require_same_shape(op, {"a", a}, {"b", b}, at);
  require_same_shape(op, {"a", a}, {"target", target}, at);
  const Tensor lead = widened(a) - widened(b);
  return reduced(op, relu(options.margin - like(target, lead) * lead), options.reduction, at);
}

Tensor multi_margin_loss(const Tensor& scores, const Tensor& labels, const MultiMarginOptions& options, Location at) {
  Call call(at);
  constexpr auto op = "multi_margin_loss";
  const bool one = scores.dim() == 1;
  if (scores.dim() < 1 || scores.dim() > 2 || labels.dim() != scores.dim() - 1 ||
      (!one && labels.size(0) != scores.size(0)))
    fail<ShapeError>(at, op, "scores are [batch, classes] and labels [batch]",
                     {{"scores", scores}, {"labels", labels}});
  if (options.p != 1 && options.p != 2) fail<ValueError>(at, op, fmt::format("p is 1 or 2, not {}", options.p));
  const Tensor x = batched(widened(scores), one);
  const std::int64_t classes = x.size(1);
  if (options.weight.defined() && !(options.weight.shape() == Shape{classes}))
    fail<ShapeError>(at, op, "there is a weight for each class", {{"scores", scores}, {"weight", options.weight}});
  const Tensor y = batched(labels, one), column = unsqueeze(y, 1);
  const Tensor beyond = relu(options.margin - gather(x, 1, column) + x);
  const Tensor others = column != arange(0, classes, 1, {.device = x.device()});
  const Tensor terms = gradtape::where(others, options.p == 2 ? square(beyond) : beyond, 0);
  Tensor losses = mean(terms, {1});
  if (options.weight.defined()) losses = chain(index_select(like(options.weight.detach(), x), 0, y), losses);
  return for_each(reduced(op, losses, options.reduction, at), one, options.reduction);
}

Tensor multilabel_margin_loss(const Tensor& scores, const Tensor& labels, LossOptions options, Location at) {
  Call call(at);
  constexpr auto op = "multilabel_margin_loss";
  require_same_shape(op, {"scores", scores}, {"labels", labels}, at);
  const bool one = scores.dim() == 1;
  if (scores.dim() < 1 || scores.dim() > 2)
    fail<ShapeError>(at, op, "scores are [batch, classes]", {{"scores", scores}});
  const Tensor x = batched(widened(scores), one);
  const std::int64_t classes = x.size(1);
  const Tensor y = batched(labels, one);
  const Tensor place = arange(0, classes, 1, {.device = x.device()});
  const Tensor end = gradtape::where(amin(y, {1}, true) < 0, argmin(y, 1, true), classes);
  const Tensor counts = place < end, right = gradtape::where(counts, y, 0);  // [batch, classes], by place in the list
  const Tensor others = scatter_add(counts.to(x.dtype()), 1, right, classes) == 0;
  const Tensor beyond = relu(1 - unsqueeze(gather(x, 1, right), 2) + unsqueeze(x, 1));  // [batch, right, others]
  const Tensor terms = gradtape::where(logical_and(unsqueeze(counts, 2), unsqueeze(others, 1)), beyond, 0);
  const Tensor losses = sum(terms, {1, 2}) / classes;
  return for_each(reduced(op, losses, options.reduction, at), one, options.reduction);
}

Tensor multilabel_soft_margin_loss(const Tensor& logits, const Tensor& target,
                                   const MultilabelSoftMarginOptions& options, Location at) {
  Call call(at);
  constexpr auto op = "multilabel_soft_margin_loss";
  require_same_shape(op, {"logits", logits}, {"target", target}, at);
  const Tensor terms = binary_cross_entropy_with_logits(logits, target, {.reduction = Reduction::none});
  return reduced(op, mean(weighted(op, terms, {"weight", options.weight}, at), {-1}), options.reduction, at);
}

Tensor soft_margin_loss(const Tensor& x, const Tensor& target, LossOptions options, Location at) {
  Call call(at);
  constexpr auto op = "soft_margin_loss";
  require_same_shape(op, {"x", x}, {"target", target}, at);
  const Tensor score = widened(x);
  return reduced(op, softplus(-(like(target, score) * score)), options.reduction, at);
}

Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative,
                           TripletMarginOptions options, Location at) {
  Call call(at);
  constexpr auto op = "triplet_margin_loss";
  require_same_shape(op, {"anchor", anchor}, {"positive", positive}, at);
  require_same_shape(op, {"anchor", anchor}, {"negative", negative}, at);
  if (!(options.p > 0)) fail<ValueError>(at, op, fmt::format("p is greater than 0, not {}", options.p));
  const Tensor a = widened(anchor), near = widened(positive), far = widened(negative);
  auto distance = [&](const Tensor& from, const Tensor& to) {
    return pairwise_distance(from, to, {.p = options.p, .eps = options.eps});
  };
  Tensor apart = distance(a, far);
  if (options.swap) apart = minimum(apart, distance(near, far));
  return reduced(op, relu(options.margin + distance(a, near) - apart), options.reduction, at);
}

Tensor cosine_embedding_loss(const Tensor& a, const Tensor& b, const Tensor& target, CosineEmbeddingOptions options,
                             Location at) {
  Call call(at);
  constexpr auto op = "cosine_embedding_loss";
  require_same_shape(op, {"a", a}, {"b", b}, at);
  if (a.dim() < 1 || a.dim() > 2 || target.dim() != a.dim() - 1 || (a.dim() == 2 && target.size(0) != a.size(0)))
    fail<ShapeError>(at, op, "a and b are [batch, features] and the target [batch]", {{"a", a}, {"target", target}});
  const Tensor along = cosine_similarity(widened(a), widened(b), {.dim = -1, .eps = 1e-6});
  return reduced(op, gradtape::where(target == 1, 1 - along, relu(along - options.margin)), options.reduction, at);
}

}  // namespace gradtape
