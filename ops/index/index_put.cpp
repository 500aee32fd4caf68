#include <gradtape/ops/index/index_put.h>

#include <gradtape/autograd/arithmetic.h>
#include <gradtape/autograd/error.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/index/index_select.h>
#include <gradtape/ops/index/indices.h>
#include <gradtape/ops/pointwise/multiply.h>
#include <gradtape/ops/pointwise/where.h>
#include <gradtape/ops/view/expand.h>
#include <gradtape/ops/view/reshape.h>

namespace gradtape {
namespace {

int dim_of_list(const char* op, const Tensor& x, int dim, const Tensor& indices, Location at) {
  const int axis = dim_of_parts(op, x, dim, at);
  if (indices.dim() != 1) fail<ShapeError>(at, op, "indices are a list", {{"indices", indices}});
  return axis;
}

Tensor put_values(const char* op, const Tensor& x, int dim, const Tensor& indices, const Tensor& values,
                  bool accumulate, Location at) {
  const int axis = dim_of_list(op, x, dim, indices, at);
  Shape wanted = x.shape();
  wanted[axis] = indices.numel();
  if (!(values.shape() == wanted))
    fail<ShapeError>(at, op, "there is a part for each index",
                     {{"tensor", x}, {"indices", indices}, {"values", values}},
                     "It must be " + to_string(wanted) + ".");
  require_values_like(op, x, indices, values, at);
  return put_parts(op, x, axis, dense_indices(op, indices, x.shape()[axis], at), values, accumulate, at);
}

// With 1 as the size of the dimensions behind.
Tensor before_others(const Tensor& list, int others) {
  Shape shape = list.shape();
  for (int d = 0; d < others; ++d) shape.push_back(1);
  return reshape(list, shape);
}

}  // namespace

Tensor put_parts(const char* op, const Tensor& x, int dim, const Tensor& list, const Tensor& parts, bool accumulate,
                 Location at) {
  if (accumulate && is_half(x.dtype()))
    return put_parts(op, x.to(DType::float32), dim, list, parts.to(DType::float32), accumulate, at).to(x.dtype());
  Tensor y = new_tensor(op, x.shape(), options_of(x));
  combine(op, accumulate ? Combine::add : Combine::put, dim, list, x.detach(), parts.detach(), y);
  return record(IndexPut{dim, accumulate}, at, std::move(y), {x, parts}, {list});
}

Tensor index_add(const Tensor& x, int dim, const Tensor& indices, const Tensor& values, Number alpha, Location at) {
  Call call(at);
  const Tensor added = alpha.as_double() == 1 ? values : (values * Operand(alpha)).to(values.dtype());
  return put_values("index_add", x, dim, indices, added, true, at);
}
Tensor index_copy(const Tensor& x, int dim, const Tensor& indices, const Tensor& values, Location at) {
  Call call(at);
  return put_values("index_copy", x, dim, indices, values, false, at);
}
Tensor index_fill(const Tensor& x, int dim, const Tensor& indices, Number value, Location at) {
  Call call(at);
  return index_fill(x, dim, indices, element_of("index_fill", x, value, at), at);
}
Tensor index_fill(const Tensor& x, int dim, const Tensor& indices, const Tensor& value, Location at) {
  Call call(at);
  const int axis = dim_of_list("index_fill", x, dim, indices, at);
  if (value.dim() != 0) fail<ShapeError>(at, "index_fill", "the value is one number", {{"value", value}});
  require_values_like("index_fill", x, indices, value, at);
  Shape parts = x.shape();
  parts[axis] = indices.numel();
  const Tensor list = flat_indices("index_fill", std::span(&indices, 1), {x.shape()[axis]}, at);
  return put_parts("index_fill", x, axis, list, expand(value, parts, at), false, at);
}

void IndexPut::backward(Backward& ctx) {
  const auto op = ctx.attributes<IndexPut>();
  const Tensor gradient = ctx.take_gradient(), list = ctx.kept(0);
  const int dim = op.dim + ctx.lead();
  if (ctx.wants(1)) {
    const Tensor picked = index_select(gradient, dim, list);
    if (op.accumulate) ctx.add(1, picked);
    else {
      const Tensor stays = is_last(name, 0, list, {gradient.shape()[dim]});
      ctx.add(1, where(before_others(stays, gradient.dim() - 1 - dim), picked, 0));
    }
  }
  if (ctx.wants(0)) ctx.add(0, op.accumulate ? gradient : index_fill(gradient, dim, list, 0));
}

std::vector<Example> IndexPut::examples() {
  return {
      {"rows added, two to one place",
       {{4, 3}, {3, 3}},
       [](const auto& x) { return index_add(x[0], 0, tensor<std::int64_t>({1, 3, 1}).to(x[0].device()), x[1], 0.5); }},
      {"columns put, the last of two stays",
       {{2, 4}, {2, 3}},
       [](const auto& x) { return index_copy(x[0], 1, tensor({2, 0, 2}).to(x[0].device()), x[1]); }},
      {"one number",
       {{3, 2}, {}},
       [](const auto& x) { return index_fill(x[0], 0, tensor({2, 0, -1}).to(x[0].device()), x[1]); }},
      {"into a list",
       {{5}, {2}},
       [](const auto& x) { return index_copy(x[0], -1, tensor({4, 4}).to(x[0].device()), x[1]); }},
      {"nothing", {{2, 3}, {0, 3}}, [](const auto& x) {
         return index_add(x[0], 0, empty({0}, {.dtype = int64, .device = x[0].device()}), x[1]);
       }}};
}

}  // namespace gradtape
