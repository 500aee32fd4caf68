#include <gradtape/ops/pointwise/sigmoid.h>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/pointwise/multiply.h>
#include <gradtape/ops/view/slice.h>

namespace gradtape {

Tensor glu(const Tensor& x, int dim, Location at) {
  Call call(at);
  const std::int64_t size = x.size(dim, at), half = size / 2;
  if (size % 2) fail<ShapeError>(at, "glu", fmt::format("dimension {} has no halves", dim), {{"x", x}});
  return narrow(x, dim, 0, half) * sigmoid(narrow(x, dim, half, half));
}

}  // namespace gradtape
