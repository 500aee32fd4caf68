#include <gradtape/ops/index/gather.h>

#include <algorithm>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/perform.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/index/indices.h>

namespace gradtape {
namespace {

// Calls each(number of the picked element, the place that the list names for it) in row-major order.
template <class Each>
void each_picked(const Picking& lie, const std::int64_t* at, Each each) {
  if (lie.count() == 0) return;  // the other sizes may be huge
  std::int64_t number = 0;
  for (std::int64_t o = 0; o < lie.outer; ++o)
    for (std::int64_t j = 0; j < lie.picked; ++j)
      for (std::int64_t k = 0; k < lie.inner; ++k, ++number) each(number, (o * lie.size + at[number]) * lie.inner + k);
}

void pick(const Picking& lie, const Tensor& list, const Tensor& from, const Tensor& to) {
  visit(to.dtype(), [&](auto zero) {
    using T = decltype(zero);
    each_picked(lie, elements<std::int64_t>(list), [to = elements<T>(to), from = elements<T>(from)](auto number, auto place) { to[number] = from[place]; });
  });
}
void add(const Picking& lie, const Tensor& list, const Tensor& from, const Tensor& to) {
  visit(to.dtype(), [&](auto zero) {
    using T = decltype(zero);
    std::fill_n(elements<T>(to), to.numel(), T(0));
    each_picked(lie, elements<std::int64_t>(list), [to = elements<T>(to), from = elements<T>(from)](auto number, auto place) {
      to[place] = static_cast<T>(to[place] + from[number]);
    });
  });
}

void require_like(const char* op, const Tensor& x, const Tensor& indices, int dim, Location where) {
  if (x.dim() == 0)
    fail<ShapeError>(where, op, "a number has no dimension to pick along", {{"tensor", x}, {"indices", indices}},
                     "Use gt::reshape(x, {1}).");
  bool like = x.dim() == indices.dim();
  for (int d = 0; like && d < x.dim(); ++d) like = d == dim || x.shape()[d] == indices.shape()[d];
  if (!like)
    fail<ShapeError>(where, op, "indices have the tensor's shape but along the dimension", {{"tensor", x}, {"indices", indices}});
}

}  // namespace

Tensor gather(const Tensor& x, int dim, const Tensor& indices, Location where) {
  Call call(where);
  const int at = checked_dim("gather", x, dim, where);
  require_like("gather", x, indices, at, where);
  require_one_device("gather", {{"tensor", x}, {"indices", indices}}, where);
  const Tensor list = checked_indices("gather", indices, x.shape()[at], where), dense = x.detach().contiguous();
  Tensor y = new_tensor("gather", indices.shape(), {.dtype = x.dtype(), .device = x.device()});
  const Around around(x.shape(), at);
  const Picking lie{"gather", true, around.outer, indices.shape()[at], around.size, around.inner};
  if (x.device() != Device::cpu()) pick_on_device(lie, list, dense, y, where);
  else perform(pick, lie, list, dense, y);
  return record(Gather{at, lie.size}, where, std::move(y), {x}, {list});
}

Tensor scatter_add(const Tensor& x, int dim, const Tensor& indices, std::int64_t size, Location where) {
  Call call(where);
  const int at = checked_dim("scatter_add", x, dim, where);
  if (x.dim() == 0)
    fail<ShapeError>(where, "scatter_add", "a number has no dimension to add along",
                     {{"tensor", x}, {"indices", indices}}, "Use gt::reshape(x, {1}).");
  if (!(x.shape() == indices.shape()))
    fail<ShapeError>(where, "scatter_add", "there is an index for each element", {{"tensor", x}, {"indices", indices}});
  require_one_device("scatter_add", {{"tensor", x}, {"indices", indices}}, where);
  if (is_half(x.dtype())) return scatter_add(x.to(DType::float32), dim, indices, size, where).to(x.dtype());
  const Tensor list = checked_indices("scatter_add", indices, size, where), dense = x.detach().contiguous();
  Shape shape = x.shape();
  shape[at] = size;
  const Around around(shape, at);
  const Picking lie{"scatter_add", true, around.outer, x.shape()[at], size, around.inner};
  Tensor y = new_tensor("scatter_add", shape, {.dtype = x.dtype(), .device = x.device()});
  if (x.device() != Device::cpu()) add_on_device(lie, list, dense, y, where);
  else perform(add, lie, list, dense, y);
  return record(ScatterAdd{at}, where, std::move(y), {x}, {list});
}

void Gather::backward(Backward& walk) {
  const auto op = walk.attributes<Gather>();
  walk.add(0, scatter_add(walk.take_gradient(), op.dim, walk.kept(0), op.size));
}
void ScatterAdd::backward(Backward& walk) {
  const auto op = walk.attributes<ScatterAdd>();
  walk.add(0, gather(walk.take_gradient(), op.dim, walk.kept(0)));
}

std::vector<Example> Gather::examples() {
  return {{"a class for each row", {{3, 4}}, [](const auto& x) { return gather(x[0], 1, tensor<std::int64_t>({{1}, {3}, {0}}).to(x[0].device())); }},
          {"the same twice", {{2, 3}},
           [](const auto& x) { return gather(x[0], 0, tensor<std::int64_t>({{1, 0, 1}, {1, 0, 0}, {0, 0, 1}}).to(x[0].device())); }},
          {"nothing", {{0, 3}}, [](const auto& x) { return gather(x[0], 1, empty({0, 1}, {.dtype = int64, .device = x[0].device()})); }}};
}
std::vector<Example> ScatterAdd::examples() {
  return {{"two to one place", {{2, 2}}, [](const auto& x) { return scatter_add(x[0], 1, tensor<std::int64_t>({{2, 2}, {0, 3}}).to(x[0].device()), 5); }}};
}

}  // namespace gradtape
