#include <gradtape/ops/pointwise/prelu.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/view/reshape.h>

namespace gradtape {

Tensor prelu(const Tensor& x, const Tensor& weight, Location at) {
  Call call(at);
  if (weight.numel() == 1) return pointwise(Prelu{}, at, x, reshape(weight, {}));
  if (weight.dim() != 1 || x.dim() < 2 || weight.size(0) != x.size(1))
    fail<ShapeError>(at, "prelu", "the weight is no number for each channel", {{"x", x}, {"weight", weight}},
                     "It must be one number, or have the size of dimension 1 of x.");
  Shape of_channels = {weight.numel()};
  for (int d = 2; d < x.dim(); ++d) of_channels.push_back(1);
  return pointwise(Prelu{}, at, x, reshape(weight, of_channels));
}

}  // namespace gradtape
