#include <gradtape/ops/view/unfold.h>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/index/index_select.h>
#include <gradtape/ops/pointwise/add.h>
#include <gradtape/ops/pointwise/multiply.h>
#include <gradtape/ops/view/reshape.h>
#include <gradtape/ops/view/view_of.h>

namespace gradtape {

Tensor unfold(const Tensor& x, int dim, std::int64_t size, std::int64_t step, Location at) {
  Call call(at);
  const int axis = dim_of_parts("unfold", x, dim, at);
  const std::int64_t whole = x.shape()[axis];
  if (size < 0 || size > whole || step <= 0)
    fail<ValueError>(at, "unfold", fmt::format("windows of {} every {} in a dimension of size {}", size, step, whole),
                     {{"tensor", x}});
  Shape shape = x.shape();
  Strides strides = x.strides();
  shape[axis] = (whole - size) / step + 1;
  shape.push_back(size);
  strides.push_back(strides[axis]);
  strides[axis] = product_of(strides[axis], step);
  return record(Unfold{axis, size, step, whole}, at, view_of(x, shape, strides), {x}, {});
}

void Unfold::backward(Backward& ctx) {
  const Unfold op = ctx.attributes<Unfold>();
  const Tensor gradient = ctx.take_gradient();
  const int dim = op.dim + ctx.lead();
  // The windows' elements in a row, and where each stood.
  const Tensor row = flatten(move_dim(gradient, gradient.dim() - 1, dim + 1, ctx.where()), dim, dim + 1);
  const RangeOptions counting{.dtype = DType::int64, .device = gradient.device()};
  const Tensor firsts = arange(0, gradient.shape()[dim], 1, counting) * op.step;
  const Tensor inside = arange(0, op.size, 1, counting);
  ctx.add(0, index_add(row, dim, flatten(unsqueeze(firsts, 1) + inside), op.whole));
}

std::vector<Example> Unfold::examples() {
  return {{"overlapping", {{7}}, [](const auto& x) { return unfold(x[0], 0, 3, 1); }},
          {"of rows, with gaps", {{7, 2}}, [](const auto& x) { return unfold(x[0], 0, 2, 3); }},
          {"of columns", {{2, 5, 2}}, [](const auto& x) { return unfold(x[0], -2, 3, 2); }},
          {"of no elements", {{3}}, [](const auto& x) { return unfold(x[0], 0, 0, 2); }}};
}

}  // namespace gradtape
