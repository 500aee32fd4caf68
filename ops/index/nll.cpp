#include <gradtape/ops/index/nll.h>

#include <algorithm>

#include <gradtape/autograd/perform.h>
#include <gradtape/ops/formula.h>
#include <gradtape/ops/index/indices.h>

namespace gradtape {
namespace {

// Calls each(example, label, weight) for those that count: a term of weight 0 is 0, whatever it is multiplied by.
template <class S, class Each>
void each_counted(const Tensor& labels, const Tensor& weight, const Nll& op, Each each) {
  const std::int64_t* label = elements<std::int64_t>(labels);
  const S* w = weight.defined() ? elements<S>(weight) : nullptr;
  for (std::int64_t i = 0; i < labels.numel(); ++i)
    if (const S by = label[i] == op.ignored ? S(0) : w ? w[label[i]] : S(1); by != S(0)) each(i, label[i], by);
}

template <class S>
void forward(const Nll& op, const LabelledScores& in, const LossAndDivisor& to) {
  const S* p = elements<S>(in.scores);
  S* loss = elements<S>(to.loss);
  double& divisor = *elements<double>(to.divisor) = 1;
  if (op.reduction == Reduction::none) {
    std::fill_n(loss, in.labels.numel(), S(0));
    return each_counted<S>(in.labels, in.weights, op, [&](auto i, auto label, S w) { loss[i] = -w * p[i * op.classes + label]; });
  }
  double total = 0, counted = 0;
  each_counted<S>(in.labels, in.weights, op, [&](auto i, auto label, S w) {
    total -= static_cast<double>(w * p[i * op.classes + label]);
    counted += static_cast<double>(w);
  });
  if (op.reduction == Reduction::mean) divisor = counted;
  *loss = static_cast<S>(divisor == 0 && in.labels.numel() ? 0 : total / divisor);
}

// d loss / d log_probs: the gradient at the labels' places, 0 elsewhere.
template <class S>
void scatter_gradient(const Nll& op, const Tensor& gradient, const Tensor& labels, const Tensor& weight, const Tensor& divisor, const Tensor& dx) {
  const double by = *elements<double>(divisor);
  const S scale = by == 0 ? S(0) : static_cast<S>(-1 / by);
  const S* g = elements<S>(gradient);
  S* to = elements<S>(dx);
  std::fill_n(to, dx.numel(), S(0));
  const std::int64_t step = op.reduction == Reduction::none;
  each_counted<S>(labels, weight, op, [&](auto i, auto label, S w) { to[i * op.classes + label] = g[i * step] * scale * w; });
}

}  // namespace

Tensor nll(const Tensor& log_probs, const Tensor& labels, const Tensor& weight, std::int64_t ignored, Reduction reduction, Location where) {
  Call call(where);
  const LabelledScores in = checked_labels("nll_loss", "log_probs", log_probs, labels, weight, ignored, where);
  const Nll op{reduction, ignored, in.scores.shape()[1]};
  const LossAndDivisor to = room_for_loss(op, in);
  if (in.scores.device() != Device::cpu()) loss_on_device("nll_loss", false, op, in, to, where);
  else perform(in.scores.dtype() == DType::float32 ? forward<float> : forward<double>, op, in, to);
  return record(op, where, to.loss, {in.scores}, {in.labels, in.weights, to.divisor});
}

void Nll::backward(Backward& walk) {
  const Nll op = walk.attributes<Nll>();
  const Tensor gradient = walk.take_gradient().contiguous(), labels = walk.kept(0), weight = walk.kept(1), divisor = walk.kept(2);
  auto scattered = [&](const Tensor& g) {
    if (g.device() != Device::cpu()) return loss_gradient_on_device("nll_loss", false, op, {{}, labels, weight}, divisor, g);
    Tensor dx = empty({labels.numel(), op.classes}, {.dtype = g.dtype()});
    perform(g.dtype() == DType::float32 ? scatter_gradient<float> : scatter_gradient<double>, op, g, labels, weight, divisor, dx);
    return dx;
  };
  if (!walk.create_graph()) return walk.add(0, scattered(gradient));
  // Linear in the gradient: what 1 scatters, times it.
  const bool each = op.reduction == Reduction::none;
  const Shape one_direction = each ? labels.shape() : Shape{};
  const Tensor of_ones = scattered(ones(one_direction, {.dtype = gradient.dtype(), .device = gradient.device()}));
  walk.add(0, of_ones * reshape(gradient, walk.led(each ? Shape{labels.numel(), 1} : Shape{1, 1})));
}

std::vector<Example> Nll::examples() {
  auto loss = [](Reduction reduction) {
    return [reduction](const std::vector<Tensor>& x) { return nll(x[0], tensor<std::int64_t>({2, 0, -100, 1}).to(x[0].device()), {}, -100, reduction); };
  };
  return {{"mean", {{4, 3}}, loss(Reduction::mean)},
          {"sum", {{4, 3}}, loss(Reduction::sum)},
          {"each", {{4, 3}}, loss(Reduction::none)},
          {"weighted", {{2, 3}}, [](const auto& x) {
             return nll(x[0], tensor<std::int64_t>({2, 0}).to(x[0].device()), tensor({0.5, 1.0, 2.0}).to(x[0].device()), -100, Reduction::mean);
           }}};
}

}  // namespace gradtape
