#include <gradtape/ops/index/mode.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/index/gather.h>
#include <gradtape/ops/index/sort.h>
#include <gradtape/ops/pointwise/not_equal.h>
#include <gradtape/ops/pointwise/subtract.h>
#include <gradtape/ops/reduce/argmax.h>
#include <gradtape/ops/scan/cummax.h>
#include <gradtape/ops/view/cat.h>
#include <gradtape/ops/view/reshape.h>
#include <gradtape/ops/view/slice.h>

namespace gradtape {
namespace {

// For each element of rows in order [… columns], how many equal ones stand before it: int64.
Tensor equals_before(const Tensor& sorted) {
  const TensorOptions integers{.dtype = DType::int64, .device = sorted.device()};
  const std::int64_t more = sorted.size(-1) - 1;
  const Tensor first = narrow(sorted, -1, 0, 1);
  const Tensor new_run = cat({ones(first.shape(), integers),
                              not_equal(narrow(sorted, -1, 1, more), narrow(sorted, -1, 0, more)).to(DType::int64)},
                             -1);
  return arange(sorted.size(-1), {.dtype = DType::int64, .device = sorted.device()}) - cummax(new_run, -1).indices;
}
// In rows [… columns]: [… 1]. The first element with the most equals before it is the last of its run, and its run the
// first of those as long.
Tensor places_of_modes(const Tensor& rows) {
  const auto [sorted, places] = sort(rows, -1);
  return gather(places, -1, argmax(equals_before(sorted), -1, true));
}

}  // namespace

ValuesAndIndices mode(const Tensor& x, int dim, bool keepdim, Location at) {
  Call call(at);
  const int axis = checked_dim("mode", x, dim, at);
  if (x.dim() == 0) {
    const auto [value, index] = mode(reshape(x, {1}), 0, false, at);
    return {value, index};
  }
  if (x.size(axis) == 0) fail<ShapeError>(at, "mode", "there is nothing to choose from", {{"tensor", x}});
  const int last = x.dim() - 1;
  const Tensor indices = move_dim(places_of_modes(move_dim(x.detach(), axis, last, at)), last, axis, at);
  const Tensor values = gather(x, axis, indices, at);
  if (keepdim) return {values, indices};
  return {squeeze(values, axis, at), squeeze(indices, axis, at)};
}

}  // namespace gradtape
