#include <gradtape/ops/index/nll.h>

#include <cmath>

#include <gradtape/ops/formula.h>
#include <gradtape/ops/index/indices.h>

namespace gradtape {
namespace {

// Calls each(example, label, weight) for those that count.
template <class S, class Each>
void each_counted(const Tensor& labels, const Tensor& weight, const Nll& op, Each each) {
  const std::int64_t* label = labels.data<std::int64_t>();
  const S* w = weight.defined() ? weight.data<S>() : nullptr;
  for (std::int64_t i = 0; i < labels.numel(); ++i)
    if (label[i] != op.ignored) each(i, label[i], w ? w[label[i]] : S(1));
}

template <class S>
Tensor forward(const Tensor& log_probs, const Tensor& labels, const Tensor& weight, Nll& op) {
  const S* p = log_probs.data<S>();
  if (op.reduction == Reduction::none) {
    Tensor losses = zeros({labels.numel()}, {.dtype = dtype_of<S>});
    S* each = losses.data<S>();
    each_counted<S>(labels, weight, op, [&](auto i, auto label, S w) { each[i] = -w * p[i * op.classes + label]; });
    return losses;
  }
  double total = 0, counted = 0;
  each_counted<S>(labels, weight, op, [&](auto i, auto label, S w) {
    total -= static_cast<double>(w * p[i * op.classes + label]);
    counted += static_cast<double>(w);
  });
  if (op.reduction == Reduction::mean) op.divisor = counted;
  Tensor loss = Tensor::adopt(new_body({}, 1, dtype_of<S>));
  *loss.data<S>() = static_cast<S>(op.divisor == 0 && labels.numel() ? 0 : total / op.divisor);
  return loss;
}

// d loss / d log_probs: the gradient at the labels' places, 0 elsewhere.
template <class S>
Tensor scatter_gradient(const Tensor& gradient, const Tensor& labels, const Tensor& weight, const Nll& op) {
  Tensor dx = zeros({labels.numel(), op.classes}, {.dtype = dtype_of<S>});
  const S scale = op.divisor == 0 ? S(0) : static_cast<S>(-1 / op.divisor);
  const S* g = gradient.data<S>();
  S* to = dx.data<S>();
  const std::int64_t step = op.reduction == Reduction::none;
  each_counted<S>(labels, weight, op, [&](auto i, auto label, S w) { to[i * op.classes + label] = g[i * step] * scale * w; });
  return dx;
}

}  // namespace

Tensor nll(const Tensor& log_probs, const Tensor& labels, const Tensor& weight, std::int64_t ignored, Reduction reduction, Location where) {
  Call call(where);
  const auto [dense, list, weights] = checked_labels("nll_loss", "log_probs", log_probs, labels, weight, ignored, where);
  Nll op{reduction, ignored, dense.shape()[1]};
  if (dense.device() != Device::cpu()) {
    const auto [loss, divisor] = loss_on_device("nll_loss", false, op, {dense, list, weights}, where);
    return record(op, where, loss, {dense}, {list, weights, divisor});
  }
  Tensor loss = dense.dtype() == DType::float32 ? forward<float>(dense, list, weights, op) : forward<double>(dense, list, weights, op);
  return record(op, where, std::move(loss), {dense}, {list, weights});
}

void Nll::backward(Backward& walk) {
  const Nll op = walk.attributes<Nll>();
  const Tensor gradient = walk.take_gradient().contiguous(), labels = walk.kept(0), weight = walk.kept(1);
  auto scattered = [&](const Tensor& g) {
    if (g.device() != Device::cpu()) return loss_gradient_on_device("nll_loss", false, op, {{}, labels, weight}, walk.kept(2), g);
    return g.dtype() == DType::float32 ? scatter_gradient<float>(g, labels, weight, op) : scatter_gradient<double>(g, labels, weight, op);
  };
  if (!walk.create_graph()) return walk.add(0, scattered(gradient));
  // Linear in the gradient: what 1 scatters, times it.
  const Tensor ones = scattered(ones_like(gradient));
  walk.add(0, ones * (op.reduction == Reduction::none ? unsqueeze(gradient, 1) : gradient));
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
