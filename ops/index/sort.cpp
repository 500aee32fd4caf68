#include <gradtape/ops/index/sort.h>

#include <gradtape/ops/axes.h>
#include <gradtape/ops/index/gather.h>
#include <gradtape/ops/index/order_rows.h>
#include <gradtape/ops/view/reshape.h>

namespace gradtape {
namespace {

constexpr Kernel sort_kernel{order_rows_on_cpu, GT_ON_CUDA(order_rows_on_cuda), nullptr, no_flops};

}  // namespace

ValuesAndIndices sort(const Tensor& x, int dim, bool descending, Location at) {
  Call call(at);
  const int axis = checked_dim("sort", x, dim, at);
  if (x.dim() == 0) {
    const auto [values, indices] = sort(reshape(x, {1}), 0, descending, at);
    return {reshape(values, {}), reshape(indices, {})};
  }
  ValuesAndIndices sorted = first_in_order(sort_kernel, "sort", x, axis, x.shape()[axis], RowOrder{descending}, at);
  record_outputs(Sort{axis}, at, {sorted.values, sorted.indices}, {x}, {sorted.indices});
  return sorted;
}
Tensor argsort(const Tensor& x, int dim, bool descending, Location at) {
  Call call(at);
  return sort(x.detach(), dim, descending, at).indices;
}
Tensor msort(const Tensor& x, Location at) { return sort(x, 0, false, at).values; }

void Sort::backward(Backward& ctx) {
  const int dim = ctx.attributes<Sort>().dim;
  ctx.add(0, scatter_distinct(ctx.take_gradient(0), dim, ctx.kept(0), ctx.kept(0).size(dim)));
}

std::vector<Example> Sort::examples() {
  return {{"rows", {{3, 5}}, [](const auto& x) { return sort(x[0]).values; }},
          {"long rows, descending", {{2, 150}}, [](const auto& x) { return sort(x[0], 1, true).values; }},
          {"columns", {{4, 2, 3}}, [](const auto& x) { return msort(x[0]); }},
          {"a number", {{}}, [](const auto& x) { return sort(x[0]).values; }},
          {"nothing", {{3, 0}}, [](const auto& x) { return sort(x[0]).values; }}};
}

}  // namespace gradtape
