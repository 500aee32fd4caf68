#include <gradtape/ops/view/reshape.h>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/view/view_of.h>

namespace gradtape {
namespace {

Shape without_unknown(const Tensor& x, const Shape& wanted, Location at) {
  Shape shape = wanted;
  Shape others;
  int unknown = -1;
  for (int d = 0; d < shape.rank(); ++d) {
    if (shape[d] == -1 && unknown < 0) unknown = d;
    else others.push_back(shape[d]);
  }
  const std::int64_t known = count_of(others);
  if (unknown >= 0 && known > 0 && x.numel() % known == 0) shape[unknown] = x.numel() / known;
  bool fits = count_of(shape) == x.numel();
  for (auto size : shape) fits &= size >= 0;
  if (!fits)
    fail<ShapeError>(at, "reshape", fmt::format("{} elements do not fill the shape {}", x.numel(), to_string(wanted)),
                     {{"tensor", x}});
  return shape;
}

// The strides of x in a shape that differs from its own by sizes of 1 only; false for any other shape.
bool strides_beside_ones(const Tensor& x, const Shape& shape, Strides& strides) {
  const Strides own = x.strides();
  int from = 0;
  auto skip_ones = [&] {
    while (from < x.dim() && x.shape()[from] == 1) ++from;
  };
  for (int d = 0; d < shape.rank(); ++d) {
    if (shape[d] == 1) continue;
    skip_ones();
    if (from == x.dim() || x.shape()[from] != shape[d]) return false;
    strides[d] = own[from++];
  }
  skip_ones();
  return from == x.dim();
}

}  // namespace

Tensor reshape(const Tensor& x, const Shape& wanted, Location at) {
  Call call(at);
  if (x.shape() == wanted) return x;
  const Shape shape = without_unknown(x, wanted, at);
  Strides strides = dense_strides(shape);
  if (!x.is_contiguous() && !strides_beside_ones(x, shape, strides)) return reshape(x.contiguous(), shape);
  return record(Reshape{x.shape()}, at, view_of(x, shape, strides), {x}, {});
}

Tensor flatten(const Tensor& x, int first, int last, Location at) {
  Call call(at);
  if (x.dim() == 0) return reshape(x, {1}, at);
  const int from = checked_dim("flatten", x, first, at), to = checked_dim("flatten", x, last, at);
  Shape shape;
  for (int d = 0; d < x.dim(); ++d) {
    if (d > from && d <= to) shape[from] = product_of(shape[from], x.shape()[d]);
    else shape.push_back(x.shape()[d]);
  }
  if (from < to && shape[from] == INT64_MAX)
    fail<ShapeError>(at, "flatten", "the dimensions have more elements together than can be counted", {{"tensor", x}});
  return reshape(x, shape, at);
}

Tensor squeeze(const Tensor& x, int dim, Location at) {
  Call call(at);
  const int axis = checked_dim("squeeze", x, dim, at);
  if (x.dim() == 0 || x.shape()[axis] != 1) return x;
  Shape shape = x.shape();
  shape.erase(axis);
  return reshape(x, shape, at);
}
Tensor squeeze(const Tensor& x, Location at) {
  Call call(at);
  Shape shape;
  for (auto size : x.shape())
    if (size != 1) shape.push_back(size);
  return reshape(x, shape, at);
}

Tensor unsqueeze(const Tensor& x, int dim, Location at) {
  Call call(at);
  const int rank = x.dim();
  if (dim < -rank - 1 || dim > rank)
    fail<IndexError>(at, "unsqueeze", fmt::format("there is no place {}", dim), {{"tensor", x}});
  Shape shape = x.shape();
  shape.insert(dim < 0 ? dim + rank + 1 : dim, 1);
  return reshape(x, shape, at);
}

void Reshape::backward(Backward& ctx) {
  const Shape from = ctx.attributes<Reshape>().from;
  ctx.add(0, reshape(ctx.take_gradient(), ctx.led(from)));
}

std::vector<Example> Reshape::examples() {
  return {{"merge", {{2, 3, 4}}, [](const auto& x) { return reshape(x[0], {6, -1}); }},
          {"flatten", {{2, 3, 4}}, [](const auto& x) { return flatten(x[0], 1); }},
          {"squeeze", {{2, 1, 4}}, [](const auto& x) { return squeeze(x[0], 1); }},
          {"unsqueeze", {{5}}, [](const auto& x) { return unsqueeze(x[0], -1); }},
          {"empty", {{0, 3}}, [](const auto& x) { return reshape(x[0], {3, 0}); }}};
}

}  // namespace gradtape
