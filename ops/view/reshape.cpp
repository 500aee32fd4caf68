#include <gradtape/ops/view/reshape.h>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/layout.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/view/view_of.h>

namespace gradtape {
namespace {

// Puts what the other sizes leave of `count` in the place of a -1. Does the shape have so many elements then?
bool fill_unknown(Shape& shape, std::int64_t count) {
  Shape others;
  int unknown = -1;
  for (int d = 0; d < shape.rank(); ++d) {
    if (shape[d] == -1 && unknown < 0) unknown = d;
    else others.push_back(shape[d]);
  }
  const std::int64_t known = count_of(others);
  if (unknown >= 0 && known > 0 && count % known == 0) shape[unknown] = count / known;
  bool fits = count_of(shape) == count;
  for (auto size : shape) fits &= size >= 0;
  return fits;
}
Shape without_unknown(const char* op, const Tensor& x, const Shape& wanted, Location at) {
  Shape shape = wanted;
  if (!fill_unknown(shape, x.numel()))
    fail<ShapeError>(at, op, fmt::format("{} elements do not fill the shape {}", x.numel(), to_string(wanted)),
                     {{"tensor", x}});
  return shape;
}

// The strides of x in another shape of as many elements; false where no strides give their order.
bool strides_in_shape(const Tensor& x, const Shape& shape, Strides& strides) {
  strides = dense_strides(shape);
  if (x.is_contiguous()) return true;
  const Layout lies(*x.tensor_data());
  int block = lies.sizes.rank() - 1;  // of neighbours that lie as one dimension
  std::int64_t inside = 1;  // how much of it the dimensions from d on fill
  for (int d = shape.rank() - 1; d >= 0; --d) {
    if (shape[d] == 1) continue;
    if (inside == lies.sizes[block]) --block, inside = 1;
    if (lies.sizes[block] % (inside * shape[d]) != 0) return false;
    strides[d] = inside * lies.strides[block];
    inside *= shape[d];
  }
  return true;
}

Tensor as_view(const Tensor& x, const Shape& shape, const Strides& strides, Location at) {
  return record(Reshape{x.shape()}, at, view_of(x, shape, strides), {x}, {});
}

}  // namespace

Tensor reshape(const Tensor& x, const Shape& wanted, Location at) {
  Call call(at);
  if (x.shape() == wanted) return x;
  const Shape shape = without_unknown("reshape", x, wanted, at);
  Strides strides;
  return strides_in_shape(x, shape, strides) ? as_view(x, shape, strides, at) : reshape(x.contiguous(), shape);
}

Tensor view(const Tensor& x, const Shape& wanted, Location at) {
  Call call(at);
  const Shape shape = without_unknown("view", x, wanted, at);
  Strides strides;
  if (!strides_in_shape(x, shape, strides))
    fail<ShapeError>(at, "view", "no strides give the elements this order in the shape " + to_string(shape),
                     {{"tensor", x}}, "gt::reshape copies them where it must.");
  return as_view(x, shape, strides, at);
}

Tensor unflatten(const Tensor& x, int dim, const Shape& sizes, Location at) {
  Call call(at);
  const int axis = dim_of_parts("unflatten", x, dim, at);
  Shape parts = sizes;
  if (parts.rank() == 0 || !fill_unknown(parts, x.shape()[axis]))
    fail<ShapeError>(at, "unflatten", fmt::format("dimension {} does not fill {}", axis, to_string(sizes)),
                     {{"tensor", x}});
  Shape shape = x.shape();
  shape.erase(axis);
  for (int i = 0; i < parts.rank(); ++i) shape.insert(axis + i, parts[i]);
  return reshape(x, shape, at);
}

Tensor atleast_1d(const Tensor& x, Location at) { return x.dim() > 0 ? x : reshape(x, {1}, at); }
Tensor atleast_2d(const Tensor& x, Location at) { return x.dim() > 1 ? x : unsqueeze(atleast_1d(x, at), 0, at); }
Tensor atleast_3d(const Tensor& x, Location at) { return x.dim() > 2 ? x : unsqueeze(atleast_2d(x, at), -1, at); }

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
          {"split", {{2, 12}}, [](const auto& x) { return unflatten(x[0], 1, {3, -1, 2}); }},
          {"a view", {{2, 6}}, [](const auto& x) { return view(x[0].contiguous(), {4, 3}); }},
          {"flatten", {{2, 3, 4}}, [](const auto& x) { return flatten(x[0], 1); }},
          {"squeeze", {{2, 1, 4}}, [](const auto& x) { return squeeze(x[0], 1); }},
          {"unsqueeze", {{5}}, [](const auto& x) { return unsqueeze(x[0], -1); }},
          {"empty", {{0, 3}}, [](const auto& x) { return reshape(x[0], {3, 0}); }}};
}

}  // namespace gradtape
