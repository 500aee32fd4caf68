#include <gradtape/ops/view/split.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/pointwise/multiply.h>
#include <gradtape/ops/view/cat.h>
#include <gradtape/ops/view/slice.h>
#include <gradtape/ops/view/view_of.h>

namespace gradtape {
namespace {

std::vector<Tensor> parts_of(const Tensor& x, std::span<const std::int64_t> sizes, int dim, Location at) {
  const Strides strides = x.strides();
  Shape shape = x.shape();
  std::vector<Tensor> parts;
  std::int64_t first = 0;
  for (const std::int64_t size : sizes) {
    shape[dim] = size;
    parts.push_back(view_of(x, shape, strides, first * strides[dim]));
    first += size;
  }
  record_outputs(SplitParts{dim}, at, parts, {x}, {});
  return parts;
}

std::vector<Tensor> equal_parts(const char* op, const Tensor& x, std::int64_t parts, int dim, Location at) {
  Call call(at);
  dim_of_parts(op, x, dim, at);
  if (parts > 0 && x.shape()[dim] % parts != 0)
    fail<ShapeError>(at, op, fmt::format("{} equal parts along dimension {}", parts, dim), {{"tensor", x}},
                     "For parts that differ: gt::tensor_split.");
  return tensor_split(x, parts, dim, at);
}
void require_two_dimensions(const Tensor& x, Location at) {
  if (x.dim() < 2) fail<ShapeError>(at, "vsplit", "there are no rows to be parted", {{"tensor", x}});
}

// Of all outputs, 0 for those that nothing used.
std::vector<Tensor> gradients_of(Backward& ctx) {
  std::vector<Tensor> parts;
  for (int i = 0; i < ctx.outputs(); ++i) parts.push_back(ctx.take_gradient_or_zeros(i));
  return parts;
}

}  // namespace

std::vector<Tensor> split(const Tensor& x, std::int64_t size, int dim, Location at) {
  Call call(at);
  const int axis = dim_of_parts("split", x, dim, at);
  if (size <= 0) fail<ValueError>(at, "split", fmt::format("parts of size {}", size), {{"tensor", x}});
  std::vector<std::int64_t> sizes;
  std::int64_t left = x.shape()[axis];
  do sizes.push_back(std::min(size, left));
  while ((left -= sizes.back()) > 0);
  return parts_of(x, sizes, axis, at);
}

std::vector<Tensor> split(const Tensor& x, std::span<const std::int64_t> sizes, int dim, Location at) {
  Call call(at);
  const int axis = dim_of_parts("split", x, dim, at);
  std::int64_t left = x.shape()[axis];
  const bool fit = !sizes.empty() && std::ranges::all_of(sizes, [&](std::int64_t size) {
    return size >= 0 && size <= left && (left -= size, true);
  });
  if (!fit || left > 0)
    fail<ShapeError>(at, "split", fmt::format("sizes {} are not {} together", fmt::join(sizes, ", "), x.shape()[axis]),
                     {{"tensor", x}});
  return parts_of(x, sizes, axis, at);
}

std::vector<Tensor> chunk(const Tensor& x, std::int64_t chunks, int dim, Location at) {
  Call call(at);
  const int axis = dim_of_parts("chunk", x, dim, at);
  if (chunks <= 0) fail<ValueError>(at, "chunk", fmt::format("{} parts", chunks), {{"tensor", x}});
  const std::int64_t length = x.shape()[axis];
  if (length == 0) return parts_of(x, std::vector<std::int64_t>(static_cast<std::size_t>(chunks)), axis, at);
  return split(x, (length - 1) / chunks + 1, axis, at);
}

std::vector<Tensor> tensor_split(const Tensor& x, std::int64_t parts, int dim, Location at) {
  Call call(at);
  const int axis = dim_of_parts("tensor_split", x, dim, at);
  if (parts <= 0) fail<ValueError>(at, "tensor_split", fmt::format("{} parts", parts), {{"tensor", x}});
  const std::int64_t length = x.shape()[axis];
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(parts), length / parts);
  for (std::int64_t i = 0; i < length % parts; ++i) ++sizes[static_cast<std::size_t>(i)];
  return parts_of(x, sizes, axis, at);
}

std::vector<Tensor> tensor_split(const Tensor& x, std::span<const std::int64_t> places, int dim, Location at) {
  Call call(at);
  const int axis = dim_of_parts("tensor_split", x, dim, at);
  std::vector<Tensor> parts;
  std::int64_t first = 0;
  for (const std::int64_t place : places) parts.push_back(slice(x, axis, std::exchange(first, place), place));
  parts.push_back(slice(x, axis, first));
  return parts;
}

std::vector<Tensor> hsplit(const Tensor& x, std::int64_t parts, Location at) {
  return equal_parts("hsplit", x, parts, x.dim() > 1, at);
}
std::vector<Tensor> hsplit(const Tensor& x, std::span<const std::int64_t> places, Location at) {
  return tensor_split(x, places, x.dim() > 1, at);
}
std::vector<Tensor> vsplit(const Tensor& x, std::int64_t parts, Location at) {
  require_two_dimensions(x, at);
  return equal_parts("vsplit", x, parts, 0, at);
}
std::vector<Tensor> vsplit(const Tensor& x, std::span<const std::int64_t> places, Location at) {
  require_two_dimensions(x, at);
  return tensor_split(x, places, 0, at);
}

std::vector<Tensor> unbind(const Tensor& x, int dim, Location at) {
  Call call(at);
  const int axis = dim_of_parts("unbind", x, dim, at);
  Strides strides = x.strides();
  Shape shape = x.shape();
  shape.erase(axis);
  const std::int64_t step = strides[axis];
  strides.erase(axis);
  std::vector<Tensor> parts;
  for (std::int64_t i = 0; i < x.shape()[axis]; ++i) parts.push_back(view_of(x, shape, strides, i * step));
  if (!parts.empty()) record_outputs(Unbind{axis}, at, parts, {x}, {});
  return parts;
}

void SplitParts::backward(Backward& ctx) {
  const int dim = ctx.attributes<SplitParts>().dim + ctx.lead();
  ctx.add(0, cat(gradients_of(ctx), dim));
}
void Unbind::backward(Backward& ctx) {
  const int dim = ctx.attributes<Unbind>().dim + ctx.lead();
  ctx.add(0, stack(gradients_of(ctx), dim));
}

std::vector<Example> SplitParts::examples() {
  return {{"all parts",
           {{7, 2}},
           [](const auto& x) {
             const auto parts = split(x[0], 3);
             return cat({parts[2] * 2, parts[0] * parts[1]});
           }},
          {"only the second, of columns", {{3, 5}}, [](const auto& x) { return split(x[0], {2, 3}, -1)[1]; }},
          {"nothing", {{0, 2}}, [](const auto& x) { return split(x[0], 4)[0]; }}};
}
std::vector<Example> Unbind::examples() {
  return {{"rows", {{2, 3}}, [](const auto& x) { return unbind(x[0])[0] * unbind(x[0])[1]; }},
          {"one column of three", {{4, 3}}, [](const auto& x) { return unbind(x[0], 1)[1]; }},
          {"numbers", {{3}}, [](const auto& x) { return unbind(x[0])[0] * unbind(x[0])[2]; }}};
}

}  // namespace gradtape
