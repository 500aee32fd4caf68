#include <gradtape/ops/view/slice.h>

#include <algorithm>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/launch.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/view/reshape.h>
#include <gradtape/ops/view/view_of.h>

namespace gradtape {
namespace {

// The part of x that a slice names.
Tensor part_of(const Tensor& x, int dim, std::int64_t first, std::int64_t step, std::int64_t count) {
  Shape shape = x.shape();
  Strides strides = x.strides();
  shape[dim] = count;
  const std::int64_t offset = count_of(shape) ? first * strides[dim] : 0;
  strides[dim] = product_of(strides[dim], step);
  return view_of(x, shape, strides, offset);
}

Tensor slice_backward(const Tensor& gradient, const SliceBackward& op, Location at) {
  Shape shape = gradient.shape();
  shape[op.dim] = op.size;
  Tensor whole = new_full("slice", shape, 0, options_of(gradient), at);
  const Tensor part = part_of(whole, op.dim, op.first, op.step, op.count);
  copy_elements(gradient, part);
  return record(op, at, std::move(whole), {gradient}, {});
}

Tensor slice_of(const Tensor& x, const Slice& op, std::int64_t count, Location at) {
  return record(op, at, part_of(x, op.dim, op.first, op.step, count), {x}, {});
}

}  // namespace

Tensor slice(const Tensor& x, int dim, std::int64_t first, std::int64_t last, std::int64_t step, Location at) {
  Call call(at);
  const int axis = dim_of_parts("slice", x, dim, at);
  if (step <= 0) fail<ValueError>(at, "slice", fmt::format("a step of {} goes nowhere", step), {{"tensor", x}});
  const std::int64_t size = x.shape()[axis];
  auto inside = [&](std::int64_t i) { return std::clamp<std::int64_t>(i < 0 ? i + size : i, 0, size); };
  const std::int64_t from = inside(first), to = inside(last);
  const std::int64_t count = to > from ? (to - from - 1) / step + 1 : 0;
  return slice_of(x, {axis, from, count > 1 ? step : 1, size}, count, at);
}

Tensor narrow(const Tensor& x, int dim, std::int64_t first, std::int64_t length, Location at) {
  Call call(at);
  const int axis = dim_of_parts("narrow", x, dim, at);
  const std::int64_t size = x.shape()[axis];
  if (first < 0 || length < 0 || first > size - length)
    fail<IndexError>(at, "narrow", fmt::format("{} elements from {} of a dimension of size {}", length, first, size),
                     {{"tensor", x}});
  return slice_of(x, {axis, first, 1, size}, length, at);
}

Tensor select(const Tensor& x, int dim, std::int64_t index, Location at) {
  Call call(at);
  const int axis = dim_of_parts("select", x, dim, at);
  const std::int64_t size = x.shape()[axis];
  if (index < -size || index >= size)
    fail<IndexError>(at, "select", fmt::format("index {} of a dimension of size {}", index, size), {{"tensor", x}});
  Shape shape = x.shape();
  shape.erase(axis);
  return reshape(slice_of(x, {axis, index < 0 ? index + size : index, 1, size}, 1, at), shape, at);
}

void Slice::backward(Backward& walk) {
  const Slice op = walk.attributes<Slice>();
  const Tensor gradient = walk.take_gradient();
  const int dim = op.dim + walk.lead();
  walk.add(0, slice_backward(gradient, {dim, op.first, op.step, op.size, gradient.shape()[dim]}, walk.where()));
}
void SliceBackward::backward(Backward& walk) {
  const auto op = walk.attributes<SliceBackward>();
  const Slice part{op.dim + walk.lead(), op.first, op.step, op.size};
  walk.add(0, slice_of(walk.take_gradient(), part, op.count, walk.where()));
}

std::vector<Example> Slice::examples() {
  return {{"rows", {{5, 3}}, [](const auto& x) { return slice(x[0], 0, 1, 4); }},
          {"every other column", {{2, 7}}, [](const auto& x) { return slice(x[0], 1, -6, 7, 2); }},
          {"one", {{4, 3}}, [](const auto& x) { return select(x[0], -1, 1); }},
          {"nothing", {{4}}, [](const auto& x) { return slice(x[0], 0, 3, 2); }},
          {"narrow", {{4, 2}}, [](const auto& x) { return narrow(x[0], 0, 1, 2); }}};
}
std::vector<Example> SliceBackward::examples() {
  return {{"zeros around", {{3, 2}}, [](const auto& x) {
             return slice_backward(x[0], {0, 1, 2, 7, 3}, Location::current());
           }}};
}

}  // namespace gradtape
