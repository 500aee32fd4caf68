#include <gradtape/ops/index/softmax_cross_entropy.h>

#include <gradtape/ops/cpu/cross_entropy.h>
#include <gradtape/ops/formula.h>
#include <gradtape/ops/index/labels.h>

namespace gradtape {
namespace {

constexpr auto loss_name = "cross_entropy";

// Of each row what backward needs, the largest logit and the log of the total, and room for a number: [3, whole packs of rows].
Tensor room_for_totals(const Tensor& logits) {
  return new_tensor(loss_name, {3, whole_packs(logits.shape()[0])}, {.dtype = logits.dtype(), .device = logits.device()});
}
template <class S>
LabelledRows<S> rows_of(const Launch& work, const Body* totals) {
  const Nll& op = work.as<Nll>();
  const std::int64_t rows = work.in(1)->count, packs = whole_packs(rows);
  S* top = elements<S>(totals);
  return {elements<S>(work.in(0)), elements<std::int64_t>(work.in(1)), elements<S>(work.in(2)), op.ignored, rows, op.classes,
          top, top + packs, top + 2 * packs};
}

template <class S>
void losses(const Launch& work) {
  const Reduction reduction = work.as<Nll>().reduction;
  LabelledRows<S> rows = rows_of<S>(work, work.out(2));
  S* loss = elements<S>(work.out(0));
  if (reduction == Reduction::none) rows.each = loss;  // the losses themselves are wanted
  cross_entropy_losses(rows);
  double total = 0, counted = 0;
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    total += static_cast<double>(rows.each[i]);
    counted += static_cast<double>(rows.weight(i));
  }
  double& divisor = *elements<double>(work.out(1)) = reduction == Reduction::mean ? counted : 1;
  if (reduction != Reduction::none) *loss = static_cast<S>(divisor == 0 && rows.rows ? 0 : total / divisor);
}

// d loss / d logits = (softmax - onehot) · scale, where the scale of a row is weight / divisor times the gradient.
template <class S>
void gradient(const Launch& work) {
  const double divisor = *elements<double>(work.in(3));
  cross_entropy_gradient(rows_of<S>(work, work.out(1)), elements<S>(work.in(4)), work.as<Nll>().reduction == Reduction::none,
                         divisor == 0 ? S(0) : static_cast<S>(1 / divisor), elements<S>(work.out(0)));
}

void losses_on_cpu(const Launch& work) { work.out()->dtype == DType::float32 ? losses<float>(work) : losses<double>(work); }
void gradient_on_cpu(const Launch& work) { work.out()->dtype == DType::float32 ? gradient<float>(work) : gradient<double>(work); }

constexpr Kernel losses_kernel{losses_on_cpu, GT_ON_CUDA(softmax_cross_entropy_on_cuda)};
constexpr Kernel gradient_kernel{gradient_on_cpu, GT_ON_CUDA(softmax_cross_entropy_gradient_on_cuda)};

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
  const LabelledScores in = checked_labels(loss_name, "logits", logits, labels, weight, ignored, where);
  const Nll op{reduction, ignored, in.scores.shape()[1]};
  const LossAndDivisor to = room_for_loss(loss_name, op, in);
  const Tensor totals = room_for_totals(in.scores);
  launch(losses_kernel, loss_name, op, {to.loss, to.divisor, totals}, {in.scores, in.labels, in.weights});
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
  Tensor dx = new_like(loss_name, in.scores);
  launch(gradient_kernel, loss_name, op, {dx, walk.kept(4)}, {in.scores, in.labels, in.weights, divisor, gradient});
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
