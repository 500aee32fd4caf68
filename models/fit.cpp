#include <gradtape/models/fit.h>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/tape.h>
#include <gradtape/models/data.h>
#include <gradtape/models/optimizer.h>
#include <gradtape/ops.h>

namespace gradtape {

double fit(const Module& model, const Tensor& x, const Tensor& target, const Loss& loss, const FitOptions& options, Location where) {
  if (!loss) fail<ValueError>(where, "fit", "an empty function was given as loss");
  if (x.dim() < 1 || target.dim() < 1 || x.shape()[0] != target.shape()[0])
    fail<ShapeError>(where, "fit", "there is a target for each example", {{"x", x}, {"target", target}});
  if (options.epochs < 0 || options.batch < 1)
    fail<ValueError>(where, "fit", fmt::format("{} epochs of batches of {} cannot be", options.epochs, options.batch));
  SGD optimizer(model.parameters(), {.lr = options.lr, .momentum = options.momentum, .weight_decay = options.weight_decay}, where);
  double mean = 0;
  for (int epoch = 0; epoch < options.epochs; ++epoch) {
    Tensor total = zeros({}, {.dtype = DType::float64, .device = x.device()});  // read once an epoch: a device is not waited for in between
    for (const auto& [inputs, wanted] :
         batches({x, target}, {.size = options.batch, .shuffle = true, .seed = options.seed + static_cast<std::uint64_t>(epoch)}, where)) {
      Tape tape;
      const Tensor value = loss(model(inputs, where), wanted);
      value.backward({}, where);
      optimizer.step(where);
      total = total + value.detach().to(DType::float64) * static_cast<double>(inputs.shape()[0]);
    }
    mean = total.item() / static_cast<double>(x.shape()[0]);
    if (options.on_epoch) options.on_epoch(epoch, mean);
  }
  return mean;
}

}  // namespace gradtape
