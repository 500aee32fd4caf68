#include <gradtape/ops/index/slice_scatter.h>

#include <algorithm>

#include <fmt/format.h>

#include <gradtape/autograd/arithmetic.h>
#include <gradtape/autograd/error.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/index/index_put.h>
#include <gradtape/ops/index/indices.h>
#include <gradtape/ops/pointwise/add.h>
#include <gradtape/ops/pointwise/multiply.h>
#include <gradtape/ops/view/expand.h>
#include <gradtape/ops/view/permute.h>
#include <gradtape/ops/view/reshape.h>
#include <gradtape/ops/view/slice.h>

namespace gradtape {
namespace {

void require_shape(const char* op, const Tensor& x, const Tensor& values, const Shape& wanted, Location at) {
  if (!(values.shape() == wanted))
    fail<ShapeError>(at, op, "values have the shape of what they replace", {{"tensor", x}, {"values", values}},
                     "It is " + to_string(wanted) + ".");
  require_values_like(op, x, {}, values, at);
}

Tensor with_part(const char* op, const Tensor& x, const Tensor& values, const SliceScatter& place, Location at) {
  Tensor y = copy_as(op, x.detach(), x.dtype(), x.device(), at);
  const Tensor part = slice(y, place.dim, place.first, place.last, place.step, at);
  require_shape(op, x, values, part.shape(), at);
  copy_elements(values.detach(), part);
  return record(place, at, std::move(y), {x, values}, {});
}

}  // namespace

Tensor slice_scatter(const Tensor& x, const Tensor& values, int dim, std::int64_t first, std::int64_t last,
                     std::int64_t step, Location at) {
  Call call(at);
  return with_part("slice_scatter", x, values, {dim_of_parts("slice_scatter", x, dim, at), first, last, step}, at);
}

Tensor select_scatter(const Tensor& x, const Tensor& values, int dim, std::int64_t index, Location at) {
  Call call(at);
  const int axis = dim_of_parts("select_scatter", x, dim, at);
  const std::int64_t size = x.shape()[axis], place = index < 0 ? index + size : index;
  require_shape("select_scatter", x, values, select(x.detach(), axis, index, at).shape(), at);
  return with_part("select_scatter", x, unsqueeze(values, axis, at), {axis, place, place + 1, 1}, at);
}

Tensor diagonal_scatter(const Tensor& x, const Tensor& values, std::int64_t offset, int dim1, int dim2, Location at) {
  Call call(at);
  const char* const op = "diagonal_scatter";
  const int a = dim_of_parts(op, x, dim1, at), b = dim_of_parts(op, x, dim2, at);
  if (a == b) fail<IndexError>(at, op, fmt::format("dimensions {} and {} are one", dim1, dim2), {{"tensor", x}});
  Dims order;
  for (int d = 0; d < x.dim(); ++d)
    if (d != a && d != b) order.push_back(d);
  order.push_back(a);
  order.push_back(b);
  const Tensor matrices = permute(x, order, at);
  const std::int64_t rows = x.shape()[a], columns = x.shape()[b], row = std::max<std::int64_t>(0, -offset),
                     column = std::max<std::int64_t>(0, offset),
                     length = std::max<std::int64_t>(0, std::min(rows - row, columns - column));
  Shape flat = matrices.shape(), wanted = flat;
  flat.erase(flat.rank() - 1);
  flat[flat.rank() - 1] = rows * columns;
  wanted.erase(wanted.rank() - 1);
  wanted[wanted.rank() - 1] = length;
  require_shape(op, x, values, wanted, at);
  const Tensor list = arange(0, length, 1, {.dtype = int64, .device = x.device()}) * (columns + 1);
  const Tensor y =
      put_parts(op, reshape(matrices, flat, at), flat.rank() - 1, list + (row * columns + column), values, false, at);
  return permute(reshape(y, matrices.shape(), at), inverse(order), at);
}

void SliceScatter::backward(Backward& ctx) {
  auto op = ctx.attributes<SliceScatter>();
  op.dim += ctx.lead();
  const Tensor gradient = ctx.take_gradient();
  const Tensor part = slice(gradient, op.dim, op.first, op.last, op.step);
  if (ctx.wants(0)) {
    const Tensor zero = new_full(name, {}, 0, options_of(gradient));
    ctx.add(0, with_part(name, gradient, expand(zero, part.shape()), op, ctx.where()));
  }
  ctx.add(1, part);
}

std::vector<Example> SliceScatter::examples() {
  return {{"rows", {{5, 3}, {2, 3}}, [](const auto& x) { return slice_scatter(x[0], x[1], 0, 1, 3); }},
          {"every other column, from the end",
           {{2, 7}, {2, 3}},
           [](const auto& x) { return slice_scatter(x[0], x[1], 1, -6, 7, 2); }},
          {"one column", {{4, 3}, {4}}, [](const auto& x) { return select_scatter(x[0], x[1], -1, -2); }},
          {"a diagonal", {{3, 2, 4}, {2, 3}}, [](const auto& x) { return diagonal_scatter(x[0], x[1], 1, 0, 2); }},
          {"nothing", {{4}, {0}}, [](const auto& x) { return slice_scatter(x[0], x[1], 0, 3, 2); }}};
}

}  // namespace gradtape
