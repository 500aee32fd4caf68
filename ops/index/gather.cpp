#include <gradtape/ops/index/gather.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/index/indices.h>
#include <gradtape/ops/view/expand.h>
#include <gradtape/ops/view/reshape.h>
#include <gradtape/ops/view/slice.h>

namespace gradtape {
namespace {

void require_like(const char* op, const Tensor& x, const Tensor& indices, int dim, Location at) {
  if (x.dim() == 0)
    fail<ShapeError>(at, op, "a number has no dimension to pick along", {{"tensor", x}, {"indices", indices}},
                     "Use gt::reshape(x, {1}).");
  bool like = x.dim() == indices.dim();
  for (int d = 0; like && d < x.dim(); ++d) like = d == dim || x.shape()[d] >= indices.shape()[d];
  if (!like)
    fail<ShapeError>(at, op, "indices have the tensor's dimensions, and no more but along the one picked along",
                     {{"tensor", x}, {"indices", indices}});
}
// The part of x that indices reach.
Tensor reached_by(const Tensor& indices, const Tensor& x, int dim, Location at) {
  Tensor part = x;
  for (int d = 0; d < x.dim(); ++d)
    if (d != dim && indices.shape()[d] < x.shape()[d]) part = narrow(part, d, 0, indices.shape()[d], at);
  return part;
}

Tensor picked(const Tensor& x, int axis, const Tensor& list, Location at) {
  const Tensor dense = x.detach().contiguous();
  Tensor y = new_tensor("gather", list.shape(), options_of(x));
  pick("gather", axis, list, dense, y);
  return record(Gather{axis, x.shape()[axis]}, at, std::move(y), {x}, {list});
}
Tensor added(const Tensor& x, int axis, const Tensor& list, std::int64_t size, bool distinct, Location at) {
  if (is_half(x.dtype())) return added(x.to(DType::float32), axis, list, size, distinct, at).to(x.dtype());
  const Tensor dense = x.detach().contiguous();
  Shape shape = x.shape();
  shape[axis] = size;
  Tensor y = new_tensor("scatter_add", shape, options_of(x));
  combine("scatter_add", Combine::add, axis, list, {}, dense, y, distinct);
  return record(ScatterAdd{axis}, at, std::move(y), {x}, {list});
}

Tensor scatter(const Tensor& x, int dim, const Tensor& indices, std::int64_t size, bool distinct, Location at) {
  Call call(at);
  const int axis = checked_dim("scatter_add", x, dim, at);
  if (x.dim() == 0)
    fail<ShapeError>(at, "scatter_add", "a number has no dimension to add along", {{"tensor", x}, {"indices", indices}},
                     "Use gt::reshape(x, {1}).");
  if (!(x.shape() == indices.shape()))
    fail<ShapeError>(at, "scatter_add", "there is an index for each element", {{"tensor", x}, {"indices", indices}});
  require_one_device("scatter_add", {{"tensor", x}, {"indices", indices}}, at);
  return added(x, axis, dense_indices("scatter_add", indices, size, at), size, distinct, at);
}

}  // namespace

Tensor gather(const Tensor& whole, int dim, const Tensor& indices, Location at) {
  Call call(at);
  const int axis = checked_dim("gather", whole, dim, at);
  require_like("gather", whole, indices, axis, at);
  require_one_device("gather", {{"tensor", whole}, {"indices", indices}}, at);
  const Tensor x = reached_by(indices, whole, axis, at);
  return picked(x, axis, dense_indices("gather", indices, x.shape()[axis], at), at);
}

Tensor take_along_dim(const Tensor& x, const Tensor& indices, std::optional<int> dim, Location at) {
  Call call(at);
  if (!dim) return gather(reshape(x, {x.numel()}, at), 0, reshape(indices, {indices.numel()}, at), at);
  const int axis = checked_dim("take_along_dim", x, *dim, at);
  if (x.dim() == 0 || indices.dim() != x.dim())
    fail<ShapeError>(at, "take_along_dim", "indices have the tensor's dimensions",
                     {{"tensor", x}, {"indices", indices}});
  Shape of_x = x.shape(), of_indices = indices.shape();
  for (int d = 0; d < x.dim(); ++d) {
    if (d == axis) continue;
    if (of_x[d] == 1) of_x[d] = of_indices[d];
    else if (of_indices[d] == 1) of_indices[d] = of_x[d];
  }
  return gather(expand(x, of_x, at), axis, expand(indices, of_indices, at), at);
}

Tensor scatter_add(const Tensor& x, int dim, const Tensor& indices, std::int64_t size, Location at) {
  return scatter(x, dim, indices, size, false, at);
}
Tensor scatter_distinct(const Tensor& x, int dim, const Tensor& indices, std::int64_t size, Location at) {
  return scatter(x, dim, indices, size, true, at);
}

void Gather::backward(Backward& ctx) {
  const auto op = ctx.attributes<Gather>();
  ctx.add(0, added(ctx.take_gradient(), op.dim, ctx.kept(0), op.size, false, Location::current()));
}
void ScatterAdd::backward(Backward& ctx) {
  const auto op = ctx.attributes<ScatterAdd>();
  ctx.add(0, picked(ctx.take_gradient(), op.dim, ctx.kept(0), Location::current()));
}

std::vector<Example> Gather::examples() {
  return {{"a class for each row",
           {{3, 4}},
           [](const auto& x) { return gather(x[0], 1, tensor<std::int64_t>({{1}, {3}, {0}}).to(x[0].device())); }},
          {"the same twice",
           {{2, 3}},
           [](const auto& x) {
             return gather(x[0], 0, tensor<std::int64_t>({{1, 0, 1}, {1, 0, 0}, {0, 0, 1}}).to(x[0].device()));
           }},
          {"of a corner",
           {{3, 4}},
           [](const auto& x) { return gather(x[0], 0, tensor<std::int64_t>({{2, 0}, {1, 1}}).to(x[0].device())); }},
          {"nothing", {{0, 3}}, [](const auto& x) {
             return gather(x[0], 1, empty({0, 1}, {.dtype = int64, .device = x[0].device()}));
           }}};
}
std::vector<Example> ScatterAdd::examples() {
  return {{"two to one place", {{2, 2}}, [](const auto& x) {
             return scatter_add(x[0], 1, tensor<std::int64_t>({{2, 2}, {0, 3}}).to(x[0].device()), 5);
           }}};
}

}  // namespace gradtape
