#include <gradtape/ops/scan/cumsum.h>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/pointwise/add.h>
#include <gradtape/ops/pointwise/multiply.h>
#include <gradtape/ops/pointwise/not_equal.h>
#include <gradtape/ops/pointwise/subtract.h>
#include <gradtape/ops/reduce/sum.h>
#include <gradtape/ops/view/cat.h>
#include <gradtape/ops/view/reshape.h>
#include <gradtape/ops/view/slice.h>

namespace gradtape {
namespace {

Tensor but_last(const Tensor& x, int axis) { return slice(x, axis, 0, x.shape()[axis] ? x.shape()[axis] - 1 : 0); }

// The areas of trapezoids, side by side.
Tensor areas(const Tensor& y, const Tensor& steps, int axis) {
  return (slice(y, axis, 1) + but_last(y, axis)) * steps * 0.5;
}
// The steps between places, which lie as y does or along its dimension alone.
Tensor steps_between(const char* op, const Tensor& y, const Tensor& x, int axis, Location at) {
  const bool line = x.dim() == 1 && x.numel() == y.shape()[axis];
  if (!line && !(x.shape() == y.shape()))
    fail<ShapeError>(at, op, "places have the shape of y, or there is one for each along the dimension",
                     {{"y", y}, {"x", x}});
  if (!line) return diff(x, 1, axis);
  Shape shape;
  for (int d = 0; d < y.dim(); ++d) shape.push_back(d == axis ? x.numel() : 1);
  return diff(reshape(x, shape), 1, axis);
}

}  // namespace

void Cumsum::gradient(Backward& ctx, Along along) {
  ctx.add(0, scan(Cumsum{}, ctx.take_gradient(), along.back(), Location::current()));
}

Tensor cumsum(const Tensor& x, int dim, std::optional<DType> dtype, Location at) {
  Call call(at);
  if (!dtype) return scan(Cumsum{}, x, {dim}, at);
  return scan(Cumsum{}, x.to(*dtype, at), {dim}, at).to(*dtype, at);
}

Tensor diff(const Tensor& x, std::int64_t n, int dim, const Tensor& prepend, const Tensor& append, Location at) {
  Call call(at);
  if (x.dim() == 0)
    fail<ShapeError>(at, "diff", "a number has no neighbours", {{"tensor", x}}, "Use gt::reshape(x, {1}).");
  const int axis = checked_dim("diff", x, dim, at);
  if (n < 0) fail<ValueError>(at, "diff", fmt::format("{} times: it cannot be below 0", n), {{"tensor", x}});
  if (n == 0) return x;
  Tensor y = x;
  if (prepend.defined()) y = cat({prepend, y}, axis, at);
  if (append.defined()) y = cat({y, append}, axis, at);
  for (; n > 0; --n) {
    const Tensor later = slice(y, axis, 1), earlier = but_last(y, axis);
    y = y.dtype() == DType::boolean ? later != earlier : later - earlier;
  }
  return y;
}

Tensor trapezoid(const Tensor& y, double dx, int dim, Location at) {
  Call call(at);
  const int axis = dim_of_parts("trapezoid", y, dim, at);
  return sum(areas(y, Tensor(dx), axis), {axis}, false, at);
}
Tensor trapezoid(const Tensor& y, const Tensor& x, int dim, Location at) {
  Call call(at);
  const int axis = dim_of_parts("trapezoid", y, dim, at);
  return sum(areas(y, steps_between("trapezoid", y, x, axis, at), axis), {axis}, false, at);
}
Tensor cumulative_trapezoid(const Tensor& y, double dx, int dim, Location at) {
  Call call(at);
  const int axis = dim_of_parts("cumulative_trapezoid", y, dim, at);
  return cumsum(areas(y, Tensor(dx), axis), axis, {}, at);
}
Tensor cumulative_trapezoid(const Tensor& y, const Tensor& x, int dim, Location at) {
  Call call(at);
  const int axis = dim_of_parts("cumulative_trapezoid", y, dim, at);
  return cumsum(areas(y, steps_between("cumulative_trapezoid", y, x, axis, at), axis), axis, {}, at);
}

}  // namespace gradtape
