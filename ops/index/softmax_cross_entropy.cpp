#include <gradtape/ops/index/softmax_cross_entropy.h>

#include <gradtape/autograd/loop.h>
#include <gradtape/ops/cpu/cross_entropy.h>
#include <gradtape/ops/formula.h>
#include <gradtape/ops/index/index_select.h>
#include <gradtape/ops/index/labels.h>
#include <gradtape/ops/index/one_hot.h>
#include <gradtape/ops/rowwise/softmax.h>
#include <gradtape/ops/view/reshape.h>

namespace gradtape {
namespace {

constexpr auto loss_name = "cross_entropy";

// Of each row what backward needs, the largest logit and the log of the total, and room for a number: [3, whole packs
// of rows].
Tensor room_for_totals(const Tensor& logits) {
  return new_tensor(loss_name, {3, whole_packs(logits.shape()[0])}, options_of(logits));
}
// And the exponentials, if backward will come, on the CPU.
Tensor room_for_exps(const Tensor& logits) {
  const std::int64_t count = count_of_exps(logits.shape()[0], logits.shape()[1]);
  if (count == 0 || logits.device() != Device::cpu() || !detail::wants_gradient(logits)) return {};
  return new_tensor(loss_name, {count}, {.dtype = logits.dtype()});
}
template <class S>
LabelledRows<S> rows_of(const Launch& work, const TensorData* totals, const TensorData* exps) {
  const Nll& op = work.as<Nll>();
  const std::int64_t rows = work.in(1)->count, packs = whole_packs(rows);
  S* top = elements<S>(totals);
  return {elements<S>(work.in(0)),
          elements<std::int64_t>(work.in(1)),
          elements<S>(work.in(2)),
          op.ignored,
          rows,
          op.classes,
          top,
          top + packs,
          top + 2 * packs,
          elements<S>(exps)};
}

// The weights of the labels that count.
template <class S>
double counted(const LabelledRows<S>& rows) {
  double sum = 0;
  for (std::int64_t i = 0; i < rows.rows; ++i) sum += static_cast<double>(rows.weight(i));
  return sum;
}
// The sum of the losses goes along in the state.
template <class S>
void losses(const Launch& work, std::int64_t first, std::int64_t last, std::byte* state) {
  const Reduction reduction = work.as<Nll>().reduction;
  LabelledRows<S> rows = rows_of<S>(work, work.out(2), work.out(3));
  S* loss = elements<S>(work.out(0));
  double& divisor = *elements<double>(work.out(1));
  if (first == 0) divisor = reduction == Reduction::mean ? counted(rows) : 1;
  if (reduction == Reduction::none) rows.each = loss;  // the losses themselves are wanted
  cross_entropy_losses(rows, first, last);
  double& total = *reinterpret_cast<double*>(state);
  for (std::int64_t i = first; i < last; ++i) total += static_cast<double>(rows.each[i]);
  if (reduction != Reduction::none && last == rows.rows)
    *loss = static_cast<S>(divisor == 0 && rows.rows ? 0 : total / divisor);
}

// d loss / d logits = (softmax - onehot) · scale, where the scale of a row is weight / divisor times the gradient.
template <class S>
void gradient(const Launch& work, std::int64_t first, std::int64_t last, std::byte*) {
  const double divisor = *elements<double>(work.in(3));
  cross_entropy_gradient(rows_of<S>(work, work.out(1), work.in(5)), first, last, elements<S>(work.in(4)),
                         work.as<Nll>().reduction == Reduction::none, divisor == 0 ? S(0) : static_cast<S>(1 / divisor),
                         elements<S>(work.out(0)));
}

using PartFn = void (*)(const Launch& work, std::int64_t first, std::int64_t last, std::byte* state);
template <PartFn of_float, PartFn of_double>
void rows_on_cpu(const Launch& work, std::int64_t first, std::int64_t last, std::byte* state) {
  (work.out()->dtype == DType::float32 ? of_float : of_double)(work, first, last, state);
}
template <PartFn run>
void all_rows(const Launch& work) {
  alignas(double) std::byte state[sizeof(double)] = {};
  run(work, 0, work.in(1)->count, state);
}
constexpr PartFn losses_on_cpu = rows_on_cpu<losses<float>, losses<double>>,
                 gradient_on_cpu = rows_on_cpu<gradient<float>, gradient<double>>;

// What both read of a row: logits and label.
ByRows parts_of(const Launch& work, PartFn run) {
  const TensorData& logits = *work.in(0);
  ByRows parts{.rows = work.in(1)->count,
               .row_bytes = static_cast<std::size_t>(work.as<Nll>().classes) * size_of(logits.dtype),
               .run = run};
  parts.reach[work.writes] = ByRows::own_rows;
  return parts;
}
bool losses_by_rows(const Launch& work, ByRows& parts) {
  parts = parts_of(work, losses_on_cpu);
  parts.state_bytes = sizeof(double);
  parts.reach[1] = ByRows::all_at_first;  // the divisor
  parts.reach[2] = parts.reach[3] = ByRows::own_rows;
  return parts.rows > 0;
}
bool gradient_by_rows(const Launch& work, ByRows& parts) {
  parts = parts_of(work, gradient_on_cpu);
  parts.reach[0] = parts.reach[1] = parts.reach[2 + 5] = ByRows::own_rows;  // the exponentials are read last
  return parts.rows > 0;
}

constexpr Kernel losses_kernel{
    .cpu = all_rows<losses_on_cpu>, .cuda = GT_ON_CUDA(softmax_cross_entropy_on_cuda), .by_rows = losses_by_rows};
constexpr Kernel gradient_kernel{.cpu = all_rows<gradient_on_cpu>,
                                 .cuda = GT_ON_CUDA(softmax_cross_entropy_gradient_on_cuda),
                                 .by_rows = gradient_by_rows};

// The same in tensor ops.
Tensor recorded_gradient(const Tensor& gradient, const Tensor& logits, const Tensor& labels, const Tensor& weights,
                         const Tensor& divisor, const Nll& op) {
  const Tensor counts = labels != op.ignored, known = where(counts, labels, 0);
  Tensor scales = where(counts, where(divisor == 0, 0, 1 / divisor), 0).to(logits.dtype());
  if (weights.defined()) scales = scales * index_select(weights, 0, known);
  const Tensor right = one_hot(known, op.classes, {.dtype = logits.dtype()});
  return chain(unsqueeze(scales * gradient, -1), softmax(logits, 1) - right);
}

}  // namespace

Tensor softmax_cross_entropy(const Tensor& logits, const Tensor& labels, const Tensor& weight, std::int64_t ignored,
                             Reduction reduction, Location at) {
  Call call(at);
  const LabelledScores in = checked_labels(loss_name, "logits", logits, labels, weight, ignored, at);
  const Nll op{reduction, ignored, in.scores.shape()[1]};
  const LossAndDivisor to = room_for_loss(loss_name, op, in);
  const Tensor totals = room_for_totals(in.scores), exps = room_for_exps(in.scores);
  launch(losses_kernel, loss_name, op, {to.loss, to.divisor, totals, exps}, {in.scores, in.labels, in.weights});
  return record(SoftmaxCrossEntropy{op}, at, to.loss, {in.scores},
                {in.scores, in.labels, in.weights, to.divisor, totals, exps});
}

void SoftmaxCrossEntropy::backward(Backward& ctx) {
  const Nll op = ctx.attributes<SoftmaxCrossEntropy>().labels;
  const LabelledScores in{ctx.kept(0), ctx.kept(1), ctx.kept(2)};
  const Tensor gradient = ctx.take_gradient().contiguous(), divisor = ctx.kept(3);
  if (ctx.create_graph()) {
    const bool each = op.reduction == Reduction::none;
    const Tensor by_row = each ? gradient : reshape(gradient, ctx.led({1}));
    return ctx.add(0, recorded_gradient(by_row, in.scores, in.labels, in.weights, divisor, op));
  }
  Tensor dx = new_like(loss_name, in.scores);
  launch(gradient_kernel, loss_name, op, {dx, ctx.kept(4)},
         {in.scores, in.labels, in.weights, divisor, gradient, ctx.kept(5)});
  ctx.add(0, std::move(dx));
}

std::vector<Example> SoftmaxCrossEntropy::examples() {
  auto loss = [](Reduction reduction) {
    return [reduction](const std::vector<Tensor>& x) {
      return softmax_cross_entropy(x[0], tensor({2, 0, -100, 1}).to(x[0].device()), {}, -100, reduction);
    };
  };
  return {{"mean", {{4, 3}}, loss(Reduction::mean)},
          {"sum", {{4, 3}}, loss(Reduction::sum)},
          {"each", {{4, 3}}, loss(Reduction::none)},
          {"weighted",
           {{2, 3}},
           [](const auto& x) {
             return softmax_cross_entropy(x[0], tensor({2, 0}).to(x[0].device()),
                                          tensor({0.5, 1.0, 2.0}).to(x[0].device()), -100, Reduction::mean);
           }},
          {"long rows", {{2, 70}}, [](const auto& x) {
             return softmax_cross_entropy(x[0], tensor({69, 1}).to(x[0].device()), {}, -100, Reduction::mean);
           }}};
}

}  // namespace gradtape
