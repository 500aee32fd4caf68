#include <gradtape/ops/pointwise/elu.h>

#include <gradtape/autograd/error.h>

namespace gradtape {

Tensor celu(const Tensor& x, double alpha, Location at) {
  if (alpha == 0) fail<ValueError>(at, "celu", "alpha is 0, and x is divided by it");
  return pointwise(Elu{.alpha = alpha, .input_scale = 1 / alpha}, at, x);
}

}  // namespace gradtape
