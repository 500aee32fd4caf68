#include <gradtape/ops/index/topk.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/team.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/index/gather.h>
#include <gradtape/ops/reduce/argmax.h>
#include <gradtape/ops/reduce/argmin.h>
#include <gradtape/ops/view/reshape.h>

namespace gradtape {
namespace {

template <class T> void topk_of_rows(const Launch& work) {
  const TensorData& x = *work.in(0);
  const Ranking<T> order{work.as<TopKSettings>().largest};
  const std::int64_t columns = x.shape[x.shape.rank() - 1], k = work.out()->shape[x.shape.rank() - 1];
  parallel_for(x.count / columns, [&](std::int64_t row) {
    const T* from = elements<T>(&x) + row * columns;
    std::vector<std::int64_t> places(static_cast<std::size_t>(columns));
    std::iota(places.begin(), places.end(), 0);
    std::partial_sort(places.begin(), places.begin() + k, places.end(),
                      [&](std::int64_t i, std::int64_t j) { return order.before(from[i], i, from[j], j); });
    for (std::int64_t i = 0; i < k; ++i) {
      const std::int64_t place = elements<std::int64_t>(work.out(1))[row * k + i] = places[static_cast<std::size_t>(i)];
      elements<T>(work.out(0))[row * k + i] = from[place];
    }
  });
}
void topk_on_cpu(const Launch& work) {
  visit(work.out()->dtype, [&](auto zero) { topk_of_rows<decltype(zero)>(work); });
}
constexpr Kernel topk_kernel{topk_on_cpu, GT_ON_CUDA(topk_on_cuda)};

// What stands along a dimension at the places [… 1 …] that were found there.
ValuesAndIndices at_places(const Tensor& x, int dim, const Tensor& indices, bool keepdim, Location at) {
  const Tensor values = gather(x, dim, indices, at);
  if (keepdim) return {values, indices};
  return {squeeze(values, dim, at), squeeze(indices, dim, at)};
}

}  // namespace

ValuesAndIndices topk(const Tensor& x, std::int64_t k, int dim, bool largest, Location at) {
  Call call(at);
  const int axis = checked_dim("topk", x, dim, at);
  if (x.dim() == 0)
    fail<ShapeError>(at, "topk", "a number has no dimension to choose along", {{"tensor", x}},
                     "Use gt::reshape(x, {1}).");
  if (k < 0 || k > x.shape()[axis])
    fail<ShapeError>(at, "topk", fmt::format("{} of a dimension of size {}", k, x.shape()[axis]), {{"tensor", x}});
  if (is_half(x.dtype())) {
    const auto [values, indices] = topk(x.to(DType::float32), k, dim, largest, at);
    return {values.to(x.dtype()), indices};
  }
  const Tensor rows = move_dim(x.detach(), axis, x.dim() - 1, at).contiguous();
  Shape shape = rows.shape();
  shape[shape.rank() - 1] = k;
  ValuesAndIndices found{new_tensor("topk", shape, options_of(x)),
                         new_tensor("topk", shape, {.dtype = DType::int64, .device = x.device()})};
  if (found.values.numel() > 0)
    launch(topk_kernel, "topk", TopKSettings{largest}, {found.values, found.indices}, {rows});
  found = {move_dim(found.values, shape.rank() - 1, axis, at), move_dim(found.indices, shape.rank() - 1, axis, at)};
  record_outputs(TopK{axis, x.shape()[axis]}, at, {found.values, found.indices}, {x}, {found.indices});
  return found;
}

ValuesAndIndices max(const Tensor& x, int dim, bool keepdim, Location at) {
  Call call(at);
  return at_places(x, dim, argmax(x, dim, true, at), keepdim, at);
}
ValuesAndIndices min(const Tensor& x, int dim, bool keepdim, Location at) {
  Call call(at);
  return at_places(x, dim, argmin(x, dim, true, at), keepdim, at);
}

void TopK::backward(Backward& walk) {
  const auto op = walk.attributes<TopK>();
  walk.add(0, scatter_add(walk.take_gradient(0), op.dim, walk.kept(0), op.size));
}

std::vector<Example> TopK::examples() {
  return {
      {"two of each row", {{3, 5}}, [](const auto& x) { return topk(x[0], 2).values; }},
      {"all of each column, smallest first", {{4, 2}}, [](const auto& x) { return topk(x[0], 4, 0, false).values; }},
      {"the largest", {{2, 3, 4}}, [](const auto& x) { return max(x[0], 1).values; }},
      {"none", {{2, 3}}, [](const auto& x) { return topk(x[0], 0).values; }},
      {"of no rows", {{0, 3}}, [](const auto& x) { return min(x[0], -1, true).values; }}};
}

}  // namespace gradtape
