#include <gradtape/ops/pointwise/softshrink.h>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>

namespace gradtape {

Tensor softshrink(const Tensor& x, double lambda, Location at) {
  if (!(lambda >= 0)) fail<ValueError>(at, "softshrink", fmt::format("lambda is at least 0, not {}", lambda));
  return pointwise(Softshrink{lambda}, at, x);
}

}  // namespace gradtape
