#include <gradtape/ops/index/softmax_cross_entropy.h>

#include <gradtape/ops/cpu/cross_entropy.h>
#include <gradtape/ops/formula.h>
#include <gradtape/ops/index/indices.h>

namespace gradtape {
namespace {

// What backward needs of each row: the largest logits, and behind them the logs of the totals.
template <class S>
LabelledRows<S> rows_of(const Tensor& logits, const Tensor& labels, const Tensor& totals, const Nll& op) {
  S* top = totals.data<S>();
  return {logits.data<S>(), labels.data<std::int64_t>(), op.ignored, labels.numel(), op.classes, top, top + whole_packs(labels.numel())};
}
Tensor room_for_totals(const Tensor& logits) { return empty({2, whole_packs(logits.shape()[0])}, {.dtype = logits.dtype()}); }

// The weights of the rows [whole_packs(rows)]: 0 for those that do not count.
template <class S>
Tensor row_weights(const Tensor& labels, const Tensor& weights, const Nll& op) {
  Tensor all = zeros({whole_packs(labels.numel())}, {.dtype = dtype_of<S>});
  const std::int64_t* label = labels.data<std::int64_t>();
  const S* of_class = weights.defined() ? weights.data<S>() : nullptr;
  S* to = all.data<S>();
  for (std::int64_t i = 0; i < labels.numel(); ++i)
    if (label[i] != op.ignored) to[i] = of_class ? of_class[label[i]] : S(1);
  return all;
}

template <class S>
Tensor forward(const LabelledScores& in, const Tensor& totals, Nll& op) {
  const std::int64_t rows = in.labels.numel();
  Tensor losses = empty({rows}, {.dtype = dtype_of<S>});
  S* each = losses.data<S>();
  cross_entropy_losses(rows_of<S>(in.scores, in.labels, totals, op), each);
  const Tensor weights = row_weights<S>(in.labels, in.weights, op);
  const S* w = weights.data<S>();
  double total = 0, counted = 0;
  for (std::int64_t i = 0; i < rows; ++i) {
    each[i] *= w[i];
    total += static_cast<double>(each[i]);
    counted += static_cast<double>(w[i]);
  }
  if (op.reduction == Reduction::none) return losses;
  if (op.reduction == Reduction::mean) op.divisor = counted;
  return scalar(static_cast<S>(op.divisor == 0 && rows ? 0 : total / op.divisor));
}

// d loss / d logits = (softmax - onehot) · scale, where the scale of a row [whole_packs(rows)] is weight / divisor times the gradient.
template <class S>
Tensor row_scales(const Tensor& gradient, const Tensor& labels, const Tensor& weights, const Nll& op) {
  const Tensor scales = row_weights<S>(labels, weights, op);
  S* scale = scales.data<S>();
  const S* g = gradient.data<S>();
  const S by = op.divisor == 0 ? S(0) : static_cast<S>(1 / op.divisor);
  const std::int64_t step = op.reduction == Reduction::none;
  for (std::int64_t i = 0; i < labels.numel(); ++i) scale[i] *= g[i * step] * by;
  return scales;
}
template <class S>
Tensor gradient_of(const Tensor& gradient, const Tensor& logits, const Tensor& labels, const Tensor& weights, const Tensor& totals, const Nll& op) {
  Tensor dx = empty_like(logits);
  cross_entropy_gradient(rows_of<S>(logits, labels, totals, op), row_scales<S>(gradient, labels, weights, op).template data<S>(), dx.data<S>());
  return dx;
}

// The same in tensor ops.
Tensor recorded_gradient(const Tensor& gradient, const Tensor& logits, const Tensor& labels, const Tensor& weights, const Tensor& divisor, const Nll& op) {
  const Tensor counts = labels != op.ignored, column = unsqueeze(labels, 1);
  Tensor scales = where(counts, where(divisor == 0, 0, 1 / divisor), 0).to(logits.dtype());
  if (weights.defined()) scales = scales * index_select(weights, 0, where(counts, labels, 0));
  const Tensor right = (column == arange(0, static_cast<double>(op.classes), 1, {.dtype = DType::int64, .device = logits.device()})).to(logits.dtype());
  return where(column != op.ignored, softmax(logits, 1) - right, 0) * unsqueeze(scales * gradient, 1);
}

}  // namespace

Tensor softmax_cross_entropy(const Tensor& logits, const Tensor& labels, const Tensor& weight, std::int64_t ignored, Reduction reduction, Location where) {
  Call call(where);
  const LabelledScores in = checked_labels("cross_entropy", "logits", logits, labels, weight, ignored, where);
  SoftmaxCrossEntropy op{{reduction, ignored, in.scores.shape()[1]}};
  if (in.scores.device() != Device::cpu()) {
    const auto [loss, divisor] = loss_on_device("cross_entropy", true, op.labels, in, where);
    return record(op, where, loss, {in.scores}, {in.scores, in.labels, in.weights, divisor});
  }
  const Tensor totals = room_for_totals(in.scores);
  Tensor loss = in.scores.dtype() == DType::float32 ? forward<float>(in, totals, op.labels) : forward<double>(in, totals, op.labels);
  return record(op, where, std::move(loss), {in.scores}, {in.scores, in.labels, in.weights, totals});
}

void SoftmaxCrossEntropy::backward(Backward& walk) {
  const Nll op = walk.attributes<SoftmaxCrossEntropy>().labels;
  const Tensor gradient = walk.take_gradient().contiguous(), logits = walk.kept(0), labels = walk.kept(1), weights = walk.kept(2);
  const Device device = logits.device();
  if (walk.create_graph()) {
    const Tensor divisor = device == Device::cpu() ? Tensor(op.divisor) : walk.kept(3);
    return walk.add(0, recorded_gradient(gradient, logits, labels, weights, divisor, op));
  }
  if (device != Device::cpu()) return walk.add(0, loss_gradient_on_device("cross_entropy", true, op, {logits, labels, weights}, walk.kept(3), gradient));
  const auto of = logits.dtype() == DType::float32 ? gradient_of<float> : gradient_of<double>;
  walk.add(0, of(gradient, logits, labels, weights, walk.kept(3), op));
}

std::vector<Example> SoftmaxCrossEntropy::examples() {
  auto loss = [](Reduction reduction) {
    return [reduction](const std::vector<Tensor>& x) { return softmax_cross_entropy(x[0], tensor({2, 0, -100, 1}).to(x[0].device()), {}, -100, reduction); };
  };
  return {{"mean", {{4, 3}}, loss(Reduction::mean)},
          {"sum", {{4, 3}}, loss(Reduction::sum)},
          {"each", {{4, 3}}, loss(Reduction::none)},
          {"weighted",
           {{2, 3}},
           [](const auto& x) {
             return softmax_cross_entropy(x[0], tensor({2, 0}).to(x[0].device()), tensor({0.5, 1.0, 2.0}).to(x[0].device()), -100, Reduction::mean);
           }},
          {"long rows", {{2, 70}}, [](const auto& x) {
             return softmax_cross_entropy(x[0], tensor({69, 1}).to(x[0].device()), {}, -100, Reduction::mean);
           }}};
}

}  // namespace gradtape
