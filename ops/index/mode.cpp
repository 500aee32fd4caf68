#include <gradtape/ops/index/mode.h>

#include <gradtape/ops/index/chosen.h>
#include <gradtape/ops/index/gather.h>
#include <gradtape/ops/index/sort.h>
#include <gradtape/ops/pointwise/not_equal.h>
#include <gradtape/ops/pointwise/subtract.h>
#include <gradtape/ops/reduce/argmax.h>
#include <gradtape/ops/scan/cummax.h>
#include <gradtape/ops/view/cat.h>
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
  return chosen_along("mode", x, dim, keepdim, places_of_modes, at);
}

}  // namespace gradtape
