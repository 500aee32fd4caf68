#include <gradtape/ops/index/scatter.h>

#include <gradtape/autograd/arithmetic.h>
#include <gradtape/autograd/error.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/index/gather.h>
#include <gradtape/ops/index/indices.h>
#include <gradtape/ops/index/slice_scatter.h>
#include <gradtape/ops/pointwise/where.h>
#include <gradtape/ops/view/expand.h>
#include <gradtape/ops/view/slice.h>

namespace gradtape {
namespace {

// The first elements of x along all dimensions but one.
Tensor corner(Tensor x, const Shape& shape, int whole, Location at) {
  for (int d = 0; d < x.dim(); ++d)
    if (d != whole && shape[d] < x.shape()[d]) x = narrow(x, d, 0, shape[d], at);
  return x;
}

Tensor put_elements(const Tensor& x, int dim, const Tensor& list, const Tensor& values, bool accumulate, Location at) {
  if (accumulate && is_half(x.dtype()))
    return put_elements(x.to(DType::float32), dim, list, values.to(DType::float32), accumulate, at).to(x.dtype());
  const char* const op = accumulate ? "scatter_add" : Scatter::name;
  Tensor y = new_tensor(op, x.shape(), options_of(x));
  combine(op, accumulate ? Combine::add : Combine::put, dim, list, x.detach(), values.detach(), y);
  return record(Scatter{dim, accumulate}, at, std::move(y), {x, values}, {list});
}

Tensor scattered(const char* op, const Tensor& x, int dim, const Tensor& indices, const Tensor& values, bool accumulate,
                 Location at) {
  const Scattering to = scattering_of(op, x, dim, indices, values, at);
  return with_reached(x, put_elements(to.part, to.dim, to.list, to.values, accumulate, at), to.dim, at);
}

}  // namespace

Scattering scattering_of(const char* op, const Tensor& x, int dim, const Tensor& indices, const Tensor& values,
                         Location at) {
  const int axis = checked_dim(op, x, dim, at);
  if (x.dim() == 0)
    fail<ShapeError>(at, op, "a number has no dimension to put along", {{"tensor", x}, {"indices", indices}},
                     "Use gt::reshape(x, {1}).");
  bool fits = indices.dim() == x.dim() && values.dim() == x.dim();
  for (int d = 0; fits && d < x.dim(); ++d)
    fits = indices.shape()[d] <= values.shape()[d] && (d == axis || indices.shape()[d] <= x.shape()[d]);
  if (!fits)
    fail<ShapeError>(at, op, "there is a value for each index, and a place but along the dimension",
                     {{"tensor", x}, {"indices", indices}, {"values", values}});
  require_values_like(op, x, indices, values, at);
  return {axis, corner(x, indices.shape(), axis, at), dense_indices(op, indices, x.shape()[axis], at),
          corner(values, indices.shape(), -1, at)};
}

Tensor with_reached(const Tensor& x, const Tensor& part, int dim, Location at) {
  for (int d = 0; d < x.dim(); ++d) {
    const std::int64_t reached = part.shape()[d];
    if (d == dim || reached == x.shape()[d]) continue;
    return slice_scatter(x, with_reached(narrow(x, d, 0, reached, at), part, dim, at), d, 0, reached, 1, at);
  }
  return part;
}

Tensor scatter(const Tensor& x, int dim, const Tensor& indices, const Tensor& values, Location at) {
  Call call(at);
  return scattered("scatter", x, dim, indices, values, false, at);
}
Tensor scatter(const Tensor& x, int dim, const Tensor& indices, Number value, Location at) {
  Call call(at);
  return scatter(x, dim, indices, expand(element_of("scatter", x, value, at), indices.shape(), at), at);
}
Tensor scatter_add(const Tensor& x, int dim, const Tensor& indices, const Tensor& values, Location at) {
  Call call(at);
  return scattered("scatter_add", x, dim, indices, values, true, at);
}

void Scatter::backward(Backward& ctx) {
  const auto op = ctx.attributes<Scatter>();
  const Tensor gradient = ctx.take_gradient(), list = ctx.kept(0);
  if (ctx.wants(1)) {
    const Tensor picked = gather(gradient, op.dim, list);
    ctx.add(1, op.accumulate ? picked : where(is_last(name, op.dim, list, gradient.shape()), picked, 0));
  }
  if (ctx.wants(0)) ctx.add(0, op.accumulate ? gradient : scatter(gradient, op.dim, list, 0));
}

std::vector<Example> Scatter::examples() {
  return {{"put, the last of two stays",
           {{3, 4}, {3, 2}},
           [](const auto& x) {
             return scatter(x[0], 1, tensor<std::int64_t>({{1, 1}, {3, 0}, {0, 2}}).to(x[0].device()), x[1]);
           }},
          {"added, two to one place",
           {{3, 2}, {4, 2}},
           [](const auto& x) {
             return scatter_add(x[0], 0, tensor<std::int64_t>({{1, 0}, {1, 2}, {0, 2}, {1, 2}}).to(x[0].device()),
                                x[1]);
           }},
          {"a corner",
           {{4, 3}, {3, 3}},
           [](const auto& x) { return scatter(x[0], 0, tensor({{3, 0}, {3, 1}}).to(x[0].device()), x[1]); }},
          {"one number", {{2, 3}}, [](const auto& x) {
             return scatter(x[0], -1, tensor({{2}, {0}}).to(x[0].device()), 1.5);
           }}};
}

}  // namespace gradtape
