#include <gradtape/ops/view/cat.h>

#include <algorithm>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/launch.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/promotion.h>
#include <gradtape/ops/view/reshape.h>
#include <gradtape/ops/view/slice.h>
#include <gradtape/ops/view/view_of.h>

namespace gradtape {
namespace {

template <class Raise> std::vector<Tensor> raised(std::span<const Tensor> parts, Raise raise) {
  std::vector<Tensor> all;
  for (const Tensor& part : parts) all.push_back(raise(part));
  return all;
}

}  // namespace

Tensor cat(std::span<const Tensor> given, int dim, Location at) {
  Call call(at);
  if (given.empty()) fail<ValueError>(at, "cat", "no tensor was given");
  constexpr std::size_t most = std::size(Cat{}.sizes);
  if (given.size() > most) {  // in groups: a record holds so many inputs
    std::vector<Tensor> groups;
    for (std::size_t i = 0; i < given.size(); i += most)
      groups.push_back(cat(given.subspan(i, std::min(most, given.size() - i)), dim));
    return cat(groups, dim);
  }
  const int axis = checked_dim("cat", given[0], dim, at);
  std::vector<const Tensor*> pointers;
  for (const Tensor& part : given) pointers.push_back(&part);
  const DType dtype = promoted_type(pointers);
  Cat op{axis, static_cast<int>(given.size()), {}};
  Shape shape = given[0].shape();
  if (shape.rank() == 0)
    fail<ShapeError>(at, "cat", "numbers have no dimension to be joined along", {{"first", given[0]}},
                     "Use gt::stack.");
  shape[axis] = 0;
  std::vector<Tensor> parts;
  for (std::size_t i = 0; i < given.size(); ++i) {
    Shape rest = given[i].shape();
    if (rest.rank() == shape.rank()) {
      op.sizes[i] = rest[axis];
      rest[axis] = shape[axis];
    }
    if (!(rest == shape))
      fail<ShapeError>(at, "cat", fmt::format("parts differ outside dimension {}", axis),
                       {{"first", given[0]}, {"other", given[i]}});
    require_one_device("cat", {{"first", given[0]}, {"other", given[i]}}, at);
    if (__builtin_add_overflow(shape[axis], op.sizes[i], &shape[axis]))
      fail<ShapeError>(at, "cat", "the parts are longer together than can be counted",
                       {{"first", given[0]}, {"other", given[i]}});
    parts.push_back(given[i].to(dtype));
  }
  Tensor whole = new_tensor("cat", shape, {.dtype = dtype, .device = parts[0].device()});
  std::int64_t first = 0;
  for (const Tensor& part : parts) {
    if (part.numel() == 0) continue;
    const Tensor place = view_of(whole, part.shape(), whole.strides(), first * whole.strides()[axis]);
    copy_elements(part, place);
    first += part.shape()[axis];
  }
  return record(free_row<Cat>, at, std::move(whole), parts, {}, &op, sizeof op);
}

Tensor stack(std::span<const Tensor> parts, int dim, Location at) {
  Call call(at);
  if (parts.empty()) fail<ValueError>(at, "stack", "no tensor was given");
  const int rank = parts[0].dim();
  if (dim < -rank - 1 || dim > rank)
    fail<IndexError>(at, "stack", fmt::format("there is no place {}", dim), {{"first", parts[0]}});
  for (const Tensor& part : parts)
    if (!(part.shape() == parts[0].shape()))
      fail<ShapeError>(at, "stack", "shapes differ", {{"first", parts[0]}, {"other", part}});
  return cat(raised(parts, [&](const Tensor& part) { return unsqueeze(part, dim); }), dim < 0 ? dim + rank + 1 : dim);
}

Tensor hstack(std::span<const Tensor> parts, Location at) {
  Call call(at);
  const auto all = raised(parts, [](const Tensor& part) { return atleast_1d(part); });
  return cat(all, !all.empty() && all[0].dim() > 1, at);
}
Tensor vstack(std::span<const Tensor> parts, Location at) {
  Call call(at);
  return cat(raised(parts, [](const Tensor& part) { return atleast_2d(part); }), 0, at);
}
Tensor dstack(std::span<const Tensor> parts, Location at) {
  Call call(at);
  return cat(raised(parts, [](const Tensor& part) { return atleast_3d(part); }), 2, at);
}
Tensor column_stack(std::span<const Tensor> parts, Location at) {
  Call call(at);
  const auto as_columns = [](const Tensor& part) { return part.dim() > 1 ? part : reshape(part, {-1, 1}); };
  return cat(raised(parts, as_columns), 1, at);
}

void Cat::backward(Backward& ctx) {
  const Cat op = ctx.attributes<Cat>();
  const Tensor gradient = ctx.take_gradient();
  std::int64_t first = 0;
  for (int i = 0; i < op.count; ++i) {
    if (ctx.wants(i)) ctx.add(i, narrow(gradient, op.dim + ctx.lead(), first, op.sizes[i]));
    first += op.sizes[i];
  }
}

std::vector<Example> Cat::examples() {
  return {{"rows", {{2, 3}, {4, 3}}, [](const auto& x) { return cat({x[0], x[1]}, 0); }},
          {"columns, one empty", {{2, 3}, {2, 0}, {2, 1}}, [](const auto& x) { return cat({x[0], x[1], x[2]}, -1); }},
          {"as columns", {{3}, {3, 2}}, [](const auto& x) { return column_stack({x[0], x[1]}); }},
          {"stacked", {{3}, {3}}, [](const auto& x) { return stack({x[0], x[1]}, 1); }},
          {"the same twice", {{2}}, [](const auto& x) { return cat({x[0], x[0]}); }}};
}

}  // namespace gradtape
