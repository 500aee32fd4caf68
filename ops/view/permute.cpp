#include <gradtape/ops/view/permute.h>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/view/view_of.h>

namespace gradtape {

Tensor permute(const Tensor& x, const Dims& order, Location at) {
  Call call(at);
  Permute op{order};
  unsigned named = 0;
  if (order.rank() != x.dim())
    fail<IndexError>(at, "permute", fmt::format("{} dimensions are named of {}", order.rank(), x.dim()),
                     {{"tensor", x}});
  const Strides strides = x.strides();
  Shape shape = x.shape();
  Strides moved = strides;
  for (int d = 0; d < x.dim(); ++d) {
    const int from = checked_dim("permute", x, static_cast<int>(order[d]), at);
    if (named >> from & 1)
      fail<IndexError>(at, "permute", fmt::format("dimension {} is named twice", from), {{"tensor", x}});
    named |= 1u << from;
    op.order[d] = from;
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

Tensor t(const Tensor& x, Location at) {
  Call call(at);
  if (x.dim() != 2)
    fail<ShapeError>(at, "t", "transposes a matrix", {{"tensor", x}}, "For other tensors: gt::transpose(x, a, b).");
  return permute(x, {1, 0}, at);
}

void Permute::backward(Backward& walk) {
  const Dims back = inverse(walk.attributes<Permute>().order);
  walk.add(0, permute(walk.take_gradient(), order_behind(walk.lead(), back)));
}

std::vector<Example> Permute::examples() {
  return {{"three dimensions", {{2, 3, 4}}, [](const auto& x) { return permute(x[0], {2, 0, 1}); }},
          {"transpose", {{3, 5}}, [](const auto& x) { return t(x[0]); }},
          {"empty", {{0, 3}}, [](const auto& x) { return transpose(x[0], 0, -1); }}};
}

}  // namespace gradtape
