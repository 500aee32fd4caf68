#include <gradtape/ops/index/softmax_cross_entropy.h>

#include <gradtape/autograd/perform.h>
#include <gradtape/ops/cpu/cross_entropy.h>
#include <gradtape/ops/formula.h>
#include <gradtape/ops/index/indices.h>

namespace gradtape {
namespace {

// What backward needs of each row: the largest logits, and behind them the logs of the totals.
template <class S>
LabelledRows<S> rows_of(const Tensor& logits, const Tensor& labels, const Tensor& totals, const Nll& op) {
  S* top = elements<S>(totals);
  return {elements<S>(logits), elements<std::int64_t>(labels), op.ignored, labels.numel(), op.classes, top, top + whole_packs(labels.numel())};
}
Tensor room_for_totals(const Tensor& logits) { return empty({2, whole_packs(logits.shape()[0])}, {.dtype = logits.dtype()}); }

// The weights of the rows [whole_packs(rows)]: 0 for those that do not count.
template <class S>
Tensor row_weights(const Tensor& labels, const Tensor& weights, const Nll& op) {
  Tensor all = zeros({whole_packs(labels.numel())}, {.dtype = dtype_of<S>});
  const std::int64_t* label = elements<std::int64_t>(labels);
  const S* of_class = weights.defined() ? elements<S>(weights) : nullptr;
  S* to = elements<S>(all);
  for (std::int64_t i = 0; i < labels.numel(); ++i)
    if (label[i] != op.ignored) to[i] = of_class ? of_class[label[i]] : S(1);
  return all;
}

template <class S>
void forward(const Nll& op, const LabelledScores& in, const Tensor& totals, const LossAndDivisor& to) {
  const std::int64_t rows = in.labels.numel();
  const Tensor losses = op.reduction == Reduction::none ? to.loss : empty({rows}, {.dtype = dtype_of<S>});
  S* each = elements<S>(losses);
  cross_entropy_losses(rows_of<S>(in.scores, in.labels, totals, op), each);
  const Tensor weights = row_weights<S>(in.labels, in.weights, op);
  const S* w = elements<S>(weights);
  double total = 0, counted = 0;
  for (std::int64_t i = 0; i < rows; ++i) {
    each[i] = w[i] == S(0) ? S(0) : each[i] * w[i];
    total += static_cast<double>(each[i]);
    counted += static_cast<double>(w[i]);
  }
  double& divisor = *elements<double>(to.divisor) = op.reduction == Reduction::mean ? counted : 1;
  if (op.reduction != Reduction::none) *elements<S>(to.loss) = static_cast<S>(divisor == 0 && rows ? 0 : total / divisor);
}

// d loss / d logits = (softmax - onehot) · scale, where the scale of a row [whole_packs(rows)] is weight / divisor times the gradient.
template <class S>
Tensor row_scales(const Nll& op, const Tensor& gradient, const Tensor& labels, const Tensor& weights, double divisor) {
  const Tensor scales = row_weights<S>(labels, weights, op);
  S* scale = elements<S>(scales);
  const S* g = elements<S>(gradient);
  const S by = divisor == 0 ? S(0) : static_cast<S>(1 / divisor);
  const std::int64_t step = op.reduction == Reduction::none;
  for (std::int64_t i = 0; i < labels.numel(); ++i)
    if (scale[i] != S(0)) scale[i] *= g[i * step] * by;
  return scales;
}
template <class S>
void write_gradient(const Nll& op, const Tensor& gradient, const LabelledScores& in, const Tensor& divisor, const Tensor& totals, const Tensor& dx) {
  const Tensor scales = row_scales<S>(op, gradient, in.labels, in.weights, *elements<double>(divisor));
  cross_entropy_gradient(rows_of<S>(in.scores, in.labels, totals, op), elements<S>(scales), elements<S>(dx));
}

// The same in tensor ops.
Tensor recorded_gradient(const Tensor& gradient, const Tensor& logits, const Tensor& labels, const Tensor& weights, const Tensor& divisor, const Nll& op) {
  const Tensor counts = labels != op.ignored, known = where(counts, labels, 0);
  Tensor scales = where(counts, where(divisor == 0, 0, 1 / divisor), 0).to(logits.dtype());
  if (weights.defined()) scales = scales * index_select(weights, 0, known);
  const Tensor right = one_hot(known, op.classes, {.dtype = logits.dtype(), .device = logits.device()});
  return chain(unsqueeze(scales * gradient, -1), softmax(logits, 1) - right);
}

}  // namespace

Tensor softmax_cross_entropy(const Tensor& logits, const Tensor& labels, const Tensor& weight, std::int64_t ignored, Reduction reduction, Location where) {
  Call call(where);
  const LabelledScores in = checked_labels("cross_entropy", "logits", logits, labels, weight, ignored, where);
  const Nll op{reduction, ignored, in.scores.shape()[1]};
  const LossAndDivisor to = room_for_loss(op, in);
  Tensor totals;
  if (in.scores.device() != Device::cpu()) {
    loss_on_device("cross_entropy", true, op, in, to, where);
  } else {
    totals = room_for_totals(in.scores);
    perform(in.scores.dtype() == DType::float32 ? forward<float> : forward<double>, op, in, totals, to);
  }
  return record(SoftmaxCrossEntropy{op}, where, to.loss, {in.scores}, {in.scores, in.labels, in.weights, to.divisor, totals});
}

void SoftmaxCrossEntropy::backward(Backward& walk) {
  const Nll op = walk.attributes<SoftmaxCrossEntropy>().labels;
  const LabelledScores in{walk.kept(0), walk.kept(1), walk.kept(2)};
  const Tensor gradient = walk.take_gradient().contiguous(), divisor = walk.kept(3);
  if (walk.create_graph()) {
    const bool each = op.reduction == Reduction::none;
    const Tensor by_row = each ? gradient : reshape(gradient, walk.led({1}));
    return walk.add(0, recorded_gradient(by_row, in.scores, in.labels, in.weights, divisor, op));
  }
  if (in.scores.device() != Device::cpu()) return walk.add(0, loss_gradient_on_device("cross_entropy", true, op, in, divisor, gradient));
  Tensor dx = empty_like(in.scores);
  perform(in.scores.dtype() == DType::float32 ? write_gradient<float> : write_gradient<double>, op, gradient, in, divisor, walk.kept(4), dx);
  walk.add(0, std::move(dx));
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
