#include <gradtape/ops/rowwise/channels.h>

#include <fmt/format.h>

#include <gradtape/ops/view/reshape.h>

namespace gradtape {

Tensor along_channels(const char* op, Shown what, const Tensor& x, Location at) {
  if (!what.tensor.defined()) return {};
  if (!(what.tensor.shape() == Shape{x.size(1)}))
    fail<ShapeError>(at, op, fmt::format("{} has a number for each of the channels, dimension 1", what.role),
                     {{"tensor", x}, what});
  Shape shape{x.size(1)};
  for (int d = 2; d < x.dim(); ++d) shape.push_back(1);
  return reshape(what.tensor, shape);
}

}  // namespace gradtape
