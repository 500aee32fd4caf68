#include <gradtape/ops/index/gather.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/index/indices.h>

namespace gradtape {
namespace {

void require_like(const char* op, const Tensor& x, const Tensor& indices, int dim, Location at) {
  if (x.dim() == 0)
    fail<ShapeError>(at, op, "a number has no dimension to pick along", {{"tensor", x}, {"indices", indices}},
                     "Use gt::reshape(x, {1}).");
  bool like = x.dim() == indices.dim();
  for (int d = 0; like && d < x.dim(); ++d) like = d == dim || x.shape()[d] == indices.shape()[d];
  if (!like)
    fail<ShapeError>(at, op, "indices have the tensor's shape but along the dimension",
                     {{"tensor", x}, {"indices", indices}});
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
  if (is_half(x.dtype())) return scatter(x.to(DType::float32), dim, indices, size, distinct, at).to(x.dtype());
  const Tensor list = checked_indices("scatter_add", indices, size, at), dense = x.detach().contiguous();
  Shape shape = x.shape();
  shape[axis] = size;
  Tensor y = new_tensor("scatter_add", shape, options_of(x));
  add_picked("scatter_add", axis, list, dense, y, distinct);
  return record(ScatterAdd{axis}, at, std::move(y), {x}, {list});
}

}  // namespace

Tensor gather(const Tensor& x, int dim, const Tensor& indices, Location at) {
  Call call(at);
  const int axis = checked_dim("gather", x, dim, at);
  require_like("gather", x, indices, axis, at);
  require_one_device("gather", {{"tensor", x}, {"indices", indices}}, at);
  const Tensor list = checked_indices("gather", indices, x.shape()[axis], at), dense = x.detach().contiguous();
  Tensor y = new_tensor("gather", indices.shape(), options_of(x));
  pick("gather", axis, list, dense, y);
  return record(Gather{axis, x.shape()[axis]}, at, std::move(y), {x}, {list});
}

Tensor scatter_add(const Tensor& x, int dim, const Tensor& indices, std::int64_t size, Location at) {
  return scatter(x, dim, indices, size, false, at);
}
Tensor scatter_distinct(const Tensor& x, int dim, const Tensor& indices, std::int64_t size, Location at) {
  return scatter(x, dim, indices, size, true, at);
}

void Gather::backward(Backward& ctx) {
  const auto op = ctx.attributes<Gather>();
  ctx.add(0, scatter_add(ctx.take_gradient(), op.dim, ctx.kept(0), op.size));
}
void ScatterAdd::backward(Backward& ctx) {
  const auto op = ctx.attributes<ScatterAdd>();
  ctx.add(0, gather(ctx.take_gradient(), op.dim, ctx.kept(0)));
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
