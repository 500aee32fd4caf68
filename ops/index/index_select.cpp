#include <gradtape/ops/index/index_select.h>

#include <algorithm>
#include <cstring>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/perform.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/index/indices.h>

namespace gradtape {
namespace {

void require_list(const char* op, const Tensor& indices, Location where) {
  if (indices.dim() != 1) fail<ShapeError>(where, op, "indices are a list", {{"indices", indices}}, "Use gt::gather for other shapes.");
}

void pick(const Picking& lie, const Tensor& list, const Tensor& from, const Tensor& to) {
  if (lie.count() == 0) return;  // the other sizes may be huge
  const std::int64_t* at = elements<std::int64_t>(list);
  const std::size_t bytes = static_cast<std::size_t>(lie.inner) * size_of(from.dtype());
  std::byte* place = to.body()->data;
  for (std::int64_t o = 0; o < lie.outer; ++o)
    for (std::int64_t i = 0; i < lie.picked; ++i, place += bytes)
      std::memcpy(place, from.body()->data + static_cast<std::size_t>(o * lie.size + at[i]) * bytes, bytes);
}
void add(const Picking& lie, const Tensor& list, const Tensor& parts, const Tensor& sums) {
  const std::int64_t* at = elements<std::int64_t>(list);
  visit(sums.dtype(), [&](auto zero) {
    using T = decltype(zero);
    std::fill_n(elements<T>(sums), sums.numel(), T(0));
    if (lie.count() == 0) return;
    const T* from = elements<T>(parts);
    for (std::int64_t o = 0; o < lie.outer; ++o)
      for (std::int64_t i = 0; i < lie.picked; ++i, from += lie.inner) {
        T* to = elements<T>(sums) + (o * lie.size + at[i]) * lie.inner;
        for (std::int64_t k = 0; k < lie.inner; ++k) to[k] = static_cast<T>(to[k] + from[k]);
      }
  });
}

}  // namespace

Tensor index_select(const Tensor& x, int dim, const Tensor& indices, Location where) {
  Call call(where);
  const int at = checked_dim("index_select", x, dim, where);
  require_list("index_select", indices, where);
  if (x.dim() == 0) fail<ShapeError>(where, "index_select", "a number has no parts", {{"tensor", x}});
  require_one_device("index_select", {{"tensor", x}, {"indices", indices}}, where);
  const Tensor list = checked_indices("index_select", indices, x.shape()[at], where);
  const Tensor dense = x.detach().contiguous();
  Shape shape = x.shape();
  shape[at] = list.numel();
  Tensor y = new_tensor("index_select", shape, {.dtype = x.dtype(), .device = x.device()});
  const Around from(x.shape(), at);
  const Picking lie{"index_select", false, from.outer, list.numel(), from.size, from.inner};
  if (x.device() != Device::cpu()) pick_on_device(lie, list, dense, y, where);
  else perform(pick, lie, list, dense, y);
  return record(IndexSelect{at, from.size}, where, std::move(y), {x}, {list});
}

Tensor index_add(const Tensor& x, int dim, const Tensor& indices, std::int64_t size, Location where) {
  Call call(where);
  const int at = checked_dim("index_add", x, dim, where);
  require_list("index_add", indices, where);
  if (x.dim() == 0 || indices.numel() != x.shape()[at])
    fail<ShapeError>(where, "index_add", "there is an index for each part", {{"parts", x}, {"indices", indices}});
  require_one_device("index_add", {{"parts", x}, {"indices", indices}}, where);
  if (is_half(x.dtype())) return index_add(x.to(DType::float32), dim, indices, size, where).to(x.dtype());
  const Tensor list = checked_indices("index_add", indices, size, where);
  const Tensor dense = x.detach().contiguous();
  Shape shape = x.shape();
  shape[at] = size;
  const Around parts(x.shape(), at);
  const Picking lie{"index_add", false, parts.outer, parts.size, size, parts.inner};
  Tensor y = new_tensor("index_add", shape, {.dtype = x.dtype(), .device = x.device()});
  if (x.device() != Device::cpu()) add_on_device(lie, list, dense, y, where);
  else perform(add, lie, list, dense, y);
  return record(IndexAdd{at}, where, std::move(y), {x}, {list});
}

void IndexSelect::backward(Backward& walk) {
  const auto op = walk.attributes<IndexSelect>();
  walk.add(0, index_add(walk.take_gradient(), op.dim + walk.lead(), walk.kept(0), op.size));
}
void IndexAdd::backward(Backward& walk) {
  const auto op = walk.attributes<IndexAdd>();
  walk.add(0, index_select(walk.take_gradient(), op.dim + walk.lead(), walk.kept(0)));
}

std::vector<Example> IndexSelect::examples() {
  return {{"rows, one twice", {{3, 4}}, [](const auto& x) { return index_select(x[0], 0, tensor<std::int64_t>({2, 0, 2, 1}).to(x[0].device())); }},
          {"columns", {{2, 5}}, [](const auto& x) { return index_select(x[0], -1, tensor<std::int32_t>({4, 1}).to(x[0].device())); }},
          {"nothing", {{3}}, [](const auto& x) { return index_select(x[0], 0, empty({0}, {.dtype = int64, .device = x[0].device()})); }}};
}
std::vector<Example> IndexAdd::examples() {
  return {{"rows, two to one place", {{3, 2}}, [](const auto& x) { return index_add(x[0], 0, tensor<std::int64_t>({1, 3, 1}).to(x[0].device()), 4); }}};
}

}  // namespace gradtape
