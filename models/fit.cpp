#include <gradtape/models/fit.h>

#include <cmath>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/tape.h>
#include <gradtape/models/data.h>
#include <gradtape/models/lbfgs.h>
#include <gradtape/models/optimizer.h>
#include <gradtape/ops.h>

namespace gradtape {
namespace {

// The loss of a batch, which no step may follow when it is not finite.
double finite(const Tensor& loss, std::int64_t batch, int epoch, Location at) {
  if (loss.numel() != 1)
    fail<ShapeError>(at, "fit", "the loss is not one number", {{"loss", loss}}, "Take its mean or its sum.");
  const double value = loss.item(at);
  if (!std::isfinite(value))
    fail<ValueError>(at, "fit", fmt::format("the loss of batch {} in epoch {} is {}", batch, epoch, value), {},
                     "Look for NaN and infinity in the data, or try a smaller learning rate.");
  return value;
}

void require_pairs(const Tensor& x, const Tensor& target, Location at) {
  if (x.dim() < 1 || target.dim() < 1 || x.shape()[0] != target.shape()[0])
    fail<ShapeError>(at, "fit", "there is a target for each example", {{"x", x}, {"target", target}});
}

}  // namespace

double fit(const Module& model, const Tensor& x, const Tensor& target, const Loss& loss, const GradientDescent& options,
           Location at) {
  if (!loss) fail<ValueError>(at, "fit", "an empty function was given as loss");
  require_pairs(x, target, at);
  if (options.epochs < 0 || options.batch < 1)
    fail<ValueError>(at, "fit", fmt::format("{} epochs of batches of {} cannot be", options.epochs, options.batch));
  SGD optimizer(model.parameters(),
                {.lr = options.lr, .momentum = options.momentum, .weight_decay = options.weight_decay}, at);
  double mean = 0;
  for (int epoch = 0; epoch < options.epochs; ++epoch) {
    double total = 0;
    std::int64_t batch = 0;
    for (const auto& [inputs, wanted] : batches(
             {x, target},
             {.size = options.batch, .shuffle = true, .seed = options.seed + static_cast<std::uint64_t>(epoch)}, at)) {
      Tape tape;
      const Tensor value = loss(model(inputs, at), wanted);
      total += finite(value, ++batch, epoch + 1, at) * static_cast<double>(inputs.shape()[0]);
      value.backward({}, at);
      optimizer.step(at);
    }
    mean = total / static_cast<double>(x.shape()[0]);
    if (options.on_epoch) options.on_epoch(epoch, mean);
  }
  return mean;
}

Convergence detail::fit(const Module& model, const Tensor& weight, const Tensor& x, const Tensor& target,
                        const Loss& loss, const FitOptions& options, Location at) {
  Call call(at);
  require_pairs(x, target, at);
  if (!(options.l2 >= 0 && std::isfinite(options.l2)))
    fail<ValueError>(at, "fit", fmt::format("l2 = {} makes no sense: it must be at least 0", options.l2));
  LBFGS optimizer(model.parameters(), {.max_iterations = options.max_iterations, .tolerance_grad = options.tolerance},
                  at);
  return optimizer.minimize(
      [&] {
        const Tensor value = loss(model(x, at), target);
        return options.l2 > 0 ? value + sum(square(weight)) * (options.l2 / 2) : value;
      },
      at);
}

}  // namespace gradtape
