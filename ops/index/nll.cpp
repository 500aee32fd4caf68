#include <gradtape/ops/index/nll.h>

#include <algorithm>

#include <gradtape/ops/formula.h>
#include <gradtape/ops/index/labels.h>
#include <gradtape/ops/view/reshape.h>

namespace gradtape {
namespace {

// Calls each(example, label, weight) for those that count: a term of weight 0 is 0, whatever it is multiplied by.
template <class S, class Each>
void each_counted(const Launch& work, Each each) {
  const TensorData& labels = *work.in(1);
  const std::int64_t *label = elements<std::int64_t>(&labels), ignored = work.as<Nll>().ignored;
  const S* w = elements<S>(work.in(2));
  for (std::int64_t i = 0; i < labels.count; ++i)
    if (const S by = label[i] == ignored ? S(0) : w ? w[label[i]] : S(1); by != S(0)) each(i, label[i], by);
}

template <class S>
void losses(const Launch& work) {
  const Nll& op = work.as<Nll>();
  const std::int64_t rows = work.in(1)->count;
  const S* p = elements<S>(work.in(0));
  S* loss = elements<S>(work.out(0));
  double& divisor = *elements<double>(work.out(1)) = 1;
  if (op.reduction == Reduction::none) {
    std::fill_n(loss, rows, S(0));
    return each_counted<S>(work, [&](auto i, auto label, S w) { loss[i] = -w * p[i * op.classes + label]; });
  }
  double total = 0, counted = 0;
  each_counted<S>(work, [&](auto i, auto label, S w) {
    total -= static_cast<double>(w * p[i * op.classes + label]);
    counted += static_cast<double>(w);
  });
  if (op.reduction == Reduction::mean) divisor = counted;
  *loss = static_cast<S>(divisor == 0 && rows ? 0 : total / divisor);
}

// d loss / d log_probs: the gradient at the labels' places, 0 elsewhere.
template <class S>
void gradient(const Launch& work) {
  const Nll& op = work.as<Nll>();
  const double by = *elements<double>(work.in(3));
  const S scale = by == 0 ? S(0) : static_cast<S>(-1 / by);
  const S* g = elements<S>(work.in(4));
  S* to = elements<S>(work.out());
  std::fill_n(to, work.out()->count, S(0));
  const std::int64_t step = op.reduction == Reduction::none;
  each_counted<S>(work, [&](auto i, auto label, S w) { to[i * op.classes + label] = g[i * step] * scale * w; });
}

void nll_on_cpu(const Launch& work) {
  work.out()->dtype == DType::float32 ? losses<float>(work) : losses<double>(work);
}
void nll_gradient_on_cpu(const Launch& work) {
  work.out()->dtype == DType::float32 ? gradient<float>(work) : gradient<double>(work);
}

constexpr Kernel nll_kernel{nll_on_cpu, GT_ON_CUDA(nll_on_cuda)};
constexpr Kernel nll_gradient_kernel{nll_gradient_on_cpu, GT_ON_CUDA(nll_gradient_on_cuda)};

}  // namespace

Tensor nll(const Tensor& log_probs, const Tensor& labels, const Tensor& weight, std::int64_t ignored,
           Reduction reduction, Location at) {
  Call call(at);
  const LabelledScores in = checked_labels("nll_loss", "log_probs", log_probs, labels, weight, ignored, at);
  const Nll op{reduction, ignored, in.scores.shape()[1]};
  const LossAndDivisor to = room_for_loss("nll_loss", op, in);
  launch(nll_kernel, "nll_loss", op, {to.loss, to.divisor}, {in.scores, in.labels, in.weights});
  return record(op, at, to.loss, {in.scores}, {in.labels, in.weights, to.divisor});
}

void Nll::backward(Backward& ctx) {
  const Nll op = ctx.attributes<Nll>();
  const Tensor gradient = ctx.take_gradient().contiguous(), labels = ctx.kept(0), weight = ctx.kept(1),
               divisor = ctx.kept(2);
  auto scattered = [&](const Tensor& g) {
    Tensor dx = new_tensor("nll_loss", {labels.numel(), op.classes}, options_of(g));
    launch(nll_gradient_kernel, "nll_loss", op, {dx}, {Tensor(), labels, weight, divisor, g});
    return dx;
  };
  if (!ctx.create_graph()) return ctx.add(0, scattered(gradient));
  // Linear in the gradient: what 1 scatters, times it.
  const bool each = op.reduction == Reduction::none;
  const Shape one_direction = each ? labels.shape() : Shape{};
  const Tensor of_ones = scattered(ones(one_direction, options_of(gradient)));
  ctx.add(0, of_ones * reshape(gradient, ctx.led(each ? Shape{labels.numel(), 1} : Shape{1, 1})));
}

std::vector<Example> Nll::examples() {
  auto loss = [](Reduction reduction) {
    return [reduction](const std::vector<Tensor>& x) {
      return nll(x[0], tensor<std::int64_t>({2, 0, -100, 1}).to(x[0].device()), {}, -100, reduction);
    };
  };
  return {{"mean", {{4, 3}}, loss(Reduction::mean)},
          {"sum", {{4, 3}}, loss(Reduction::sum)},
          {"each", {{4, 3}}, loss(Reduction::none)},
          {"weighted", {{2, 3}}, [](const auto& x) {
             return nll(x[0], tensor<std::int64_t>({2, 0}).to(x[0].device()), tensor({0.5, 1.0, 2.0}).to(x[0].device()),
                        -100, Reduction::mean);
           }}};
}

}  // namespace gradtape
