#include <gradtape/ops/index/topk.h>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/index/chosen.h>
#include <gradtape/ops/index/gather.h>
#include <gradtape/ops/reduce/argmax.h>
#include <gradtape/ops/reduce/argmin.h>
#include <gradtape/ops/view/slice.h>

namespace gradtape {
namespace {

constexpr Kernel topk_kernel{order_rows_on_cpu, GT_ON_CUDA(topk_on_cuda)};

// The dimension, of which there is a k from `least` on.
int dim_of_choice(const char* op, const Tensor& x, int dim, std::int64_t k, std::int64_t least, Location at) {
  const int axis = checked_dim(op, x, dim, at);
  if (x.dim() == 0)
    fail<ShapeError>(at, op, "a number has no dimension to choose along", {{"tensor", x}}, "Use gt::reshape(x, {1}).");
  const std::int64_t size = x.shape()[axis];
  if (k < least || k > size)
    fail<ShapeError>(at, op, fmt::format("k is {}, and dimension {} has size {}", k, axis, size), {{"tensor", x}},
                     fmt::format("k must be at least {} and at most the size.", least));
  return axis;
}

}  // namespace

ValuesAndIndices topk(const Tensor& x, std::int64_t k, int dim, bool largest, Location at) {
  Call call(at);
  const int axis = dim_of_choice("topk", x, dim, k, 0, at);
  const ValuesAndIndices found = first_in_order(topk_kernel, "topk", x, axis, k, RowOrder{largest}, at);
  record_outputs(TopK{axis, x.shape()[axis]}, at, {found.values, found.indices}, {x}, {found.indices});
  return found;
}

ValuesAndIndices max(const Tensor& x, int dim, bool keepdim, Location at) {
  Call call(at);
  return at_places(x, dim, argmax(x, dim, true, at), keepdim, at);
}
ValuesAndIndices min(const Tensor& x, int dim, bool keepdim, Location at) {
  Call call(at);
  return at_places(x, dim, argmin(x, dim, true, at), keepdim, at);
}

ValuesAndIndices kthvalue(const Tensor& x, std::int64_t k, int dim, bool keepdim, Location at) {
  Call call(at);
  const int axis = dim_of_choice("kthvalue", x, dim, k, 1, at);
  const Tensor order = topk(x.detach(), k, axis, false, at).indices;
  return at_places(x, axis, narrow(order, axis, k - 1, 1, at), keepdim, at);
}

void TopK::backward(Backward& ctx) {
  const auto op = ctx.attributes<TopK>();
  ctx.add(0, scatter_distinct(ctx.take_gradient(0), op.dim, ctx.kept(0), op.size));
}

std::vector<Example> TopK::examples() {
  return {
      {"two of each row", {{3, 5}}, [](const auto& x) { return topk(x[0], 2).values; }},
      {"all of each column, smallest first", {{4, 2}}, [](const auto& x) { return topk(x[0], 4, 0, false).values; }},
      {"the second of many", {{2, 70}}, [](const auto& x) { return kthvalue(x[0], 2).values; }},
      {"the largest", {{2, 3, 4}}, [](const auto& x) { return max(x[0], 1).values; }},
      {"none", {{2, 3}}, [](const auto& x) { return topk(x[0], 0).values; }},
      {"of no rows", {{0, 3}}, [](const auto& x) { return min(x[0], -1, true).values; }}};
}

}  // namespace gradtape
