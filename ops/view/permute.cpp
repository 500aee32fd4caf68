#include <gradtape/ops/view/permute.h>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/view/view_of.h>

namespace gradtape {

Tensor permute(const Tensor& x, const Dims& order, Location at) {
  Call call(at);
  if (order.rank() != x.dim())
    fail<IndexError>(at, "permute", fmt::format("{} dimensions are named of {}", order.rank(), x.dim()),
                     {{"tensor", x}});
  const Permute op{checked_dims("permute", x, order, at)};
  const Strides strides = x.strides();
  Shape shape = x.shape();
  Strides moved = strides;
  for (int d = 0; d < x.dim(); ++d) {
    const int from = static_cast<int>(op.order[d]);
    shape[d] = x.shape()[from];
    moved[d] = strides[from];
  }
  return record(op, at, view_of(x, shape, moved), {x}, {});
}

Tensor transpose(const Tensor& x, int a, int b, Location at) {
  Call call(at);
  Dims order;
  for (int d = 0; d < x.dim(); ++d) order.push_back(d);
  if (x.dim() == 0) return x;
  std::swap(order[checked_dim("transpose", x, a, at)], order[checked_dim("transpose", x, b, at)]);
  return permute(x, order, at);
}

Tensor movedim(const Tensor& x, const Dims& from, const Dims& to, Location at) {
  Call call(at);
  if (from.rank() != to.rank())
    fail<IndexError>(at, "movedim", fmt::format("{} dimensions for {} places", from.rank(), to.rank()),
                     {{"tensor", x}});
  const Dims sources = checked_dims("movedim", x, from, at), places = checked_dims("movedim", x, to, at);
  Dims order;
  for (int d = 0; d < x.dim(); ++d) order.push_back(-1);
  unsigned moved = 0;
  for (int i = 0; i < from.rank() && x.dim() > 0; ++i) {
    order[static_cast<int>(places[i])] = sources[i];
    moved |= 1u << sources[i];
  }
  int next = 0;  // of those that stay in order
  for (int d = 0; d < x.dim(); ++d) {
    if (order[d] >= 0) continue;
    while (moved >> next & 1) ++next;
    order[d] = next++;
  }
  return permute(x, order, at);
}

Tensor t(const Tensor& x, Location at) {
  Call call(at);
  if (x.dim() > 2)
    fail<ShapeError>(at, "t", "transposes a matrix", {{"tensor", x}}, "For other tensors: gt::transpose(x, a, b).");
  return x.dim() == 2 ? permute(x, {1, 0}, at) : x;
}

void Permute::backward(Backward& ctx) {
  const Dims back = inverse(ctx.attributes<Permute>().order);
  ctx.add(0, permute(ctx.take_gradient(), order_behind(ctx.lead(), back)));
}

std::vector<Example> Permute::examples() {
  return {{"three dimensions", {{2, 3, 4}}, [](const auto& x) { return permute(x[0], {2, 0, 1}); }},
          {"transpose", {{3, 5}}, [](const auto& x) { return t(x[0]); }},
          {"empty", {{0, 3}}, [](const auto& x) { return transpose(x[0], 0, -1); }}};
}

}  // namespace gradtape
