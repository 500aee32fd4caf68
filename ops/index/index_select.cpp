#include <gradtape/ops/index/index_select.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/index/indices.h>

namespace gradtape {
namespace {

void require_list(const char* op, const Tensor& indices, Location at) {
  if (indices.dim() != 1)
    fail<ShapeError>(at, op, "indices are a list", {{"indices", indices}}, "Use gt::gather for other shapes.");
}

}  // namespace

Tensor index_select(const Tensor& x, int dim, const Tensor& indices, Location at) {
  Call call(at);
  const int axis = checked_dim("index_select", x, dim, at);
  require_list("index_select", indices, at);
  if (x.dim() == 0) fail<ShapeError>(at, "index_select", "a number has no parts", {{"tensor", x}});
  require_one_device("index_select", {{"tensor", x}, {"indices", indices}}, at);
  const Tensor list = dense_indices("index_select", indices, x.shape()[axis], at);
  const Tensor dense = x.detach().contiguous();
  Shape shape = x.shape();
  shape[axis] = list.numel();
  Tensor y = new_tensor("index_select", shape, options_of(x));
  pick("index_select", axis, list, dense, y);
  return record(IndexSelect{axis, x.shape()[axis]}, at, std::move(y), {x}, {list});
}

Tensor index_add(const Tensor& x, int dim, const Tensor& indices, std::int64_t size, Location at) {
  Call call(at);
  const int axis = checked_dim("index_add", x, dim, at);
  require_list("index_add", indices, at);
  if (x.dim() == 0 || indices.numel() != x.shape()[axis])
    fail<ShapeError>(at, "index_add", "there is an index for each part", {{"parts", x}, {"indices", indices}});
  require_one_device("index_add", {{"parts", x}, {"indices", indices}}, at);
  if (is_half(x.dtype())) return index_add(x.to(DType::float32), dim, indices, size, at).to(x.dtype());
  const Tensor list = dense_indices("index_add", indices, size, at);
  const Tensor dense = x.detach().contiguous();
  Shape shape = x.shape();
  shape[axis] = size;
  Tensor y = new_tensor("index_add", shape, options_of(x));
  combine("index_add", Combine::add, axis, list, {}, dense, y);
  return record(IndexAdd{axis}, at, std::move(y), {x}, {list});
}

void IndexSelect::backward(Backward& ctx) {
  const auto op = ctx.attributes<IndexSelect>();
  ctx.add(0, index_add(ctx.take_gradient(), op.dim + ctx.lead(), ctx.kept(0), op.size));
}
void IndexAdd::backward(Backward& ctx) {
  const auto op = ctx.attributes<IndexAdd>();
  ctx.add(0, index_select(ctx.take_gradient(), op.dim + ctx.lead(), ctx.kept(0)));
}

std::vector<Example> IndexSelect::examples() {
  return {{"rows, one twice",
           {{3, 4}},
           [](const auto& x) { return index_select(x[0], 0, tensor<std::int64_t>({2, 0, 2, 1}).to(x[0].device())); }},
          {"columns",
           {{2, 5}},
           [](const auto& x) { return index_select(x[0], -1, tensor<std::int32_t>({4, 1}).to(x[0].device())); }},
          {"nothing", {{3}}, [](const auto& x) {
             return index_select(x[0], 0, empty({0}, {.dtype = int64, .device = x[0].device()}));
           }}};
}
std::vector<Example> IndexAdd::examples() {
  return {{"rows, two to one place", {{3, 2}}, [](const auto& x) {
             return index_add(x[0], 0, tensor<std::int64_t>({1, 3, 1}).to(x[0].device()), 4);
           }}};
}

}  // namespace gradtape
