#include <gradtape/ops/view/expand.h>

#include <utility>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/broadcast.h>
#include <gradtape/ops/index/index_select.h>
#include <gradtape/ops/reduce/sum.h>
#include <gradtape/ops/view/cat.h>
#include <gradtape/ops/view/reshape.h>
#include <gradtape/ops/view/view_of.h>

namespace gradtape {

Tensor expand(const Tensor& x, const Shape& wanted, Location at) {
  Call call(at);
  if (x.shape() == wanted) return x;
  const int lead = wanted.rank() - x.dim();
  Shape shape = wanted;
  Strides strides = wanted;
  const Strides own = x.strides();
  bool fits = lead >= 0;
  for (int d = 0; fits && d < wanted.rank(); ++d) {
    const std::int64_t size = d < lead ? 1 : x.shape()[d - lead];
    if (shape[d] == -1 && d >= lead) shape[d] = size;
    fits = shape[d] >= 0 && (size == shape[d] || size == 1);
    strides[d] = d < lead || (size == 1 && shape[d] != 1) ? 0 : own[d - lead];
  }
  if (!fits)
    fail<ShapeError>(at, "expand", "the tensor does not broadcast to " + to_string(wanted), {{"tensor", x}},
                     "Sizes must be equal, or 1 in the tensor, counted from the last dimension.");
  if (count_of(shape) > most_elements)
    fail<ShapeError>(at, "expand", to_string(shape) + " has more elements than can be counted", {{"tensor", x}});
  return record(Expand{x.shape()}, at, view_of(x, shape, strides), {x}, {});
}

std::vector<Tensor> broadcast_tensors(std::span<const Tensor> tensors, Location at) {
  Call call(at);
  std::vector<const Tensor*> pointers;
  for (const Tensor& x : tensors) pointers.push_back(&x);
  const Shape shape = broadcast_shape("broadcast_tensors", pointers, at);
  std::vector<Tensor> all;
  for (const Tensor& x : tensors) all.push_back(expand(x, shape));
  return all;
}

std::vector<Tensor> meshgrid(std::span<const Tensor> lists, std::string_view indexing, Location at) {
  Call call(at);
  const bool xy = indexing == "xy";
  if (!xy && indexing != "ij")
    fail<ValueError>(at, "meshgrid", "indexing is \"ij\" or \"xy\", not \"" + std::string(indexing) + "\"");
  if (lists.empty()) fail<ValueError>(at, "meshgrid", "no tensor was given");
  Shape shape;
  for (const Tensor& list : lists) {
    if (list.dim() > 1) fail<ShapeError>(at, "meshgrid", "coordinates are lists", {{"tensor", list}});
    shape.push_back(list.numel());
  }
  const bool swapped = xy && lists.size() > 1;
  if (swapped) std::swap(shape[0], shape[1]);
  std::vector<Tensor> grids;
  for (int k = 0; k < shape.rank(); ++k) {
    const int along = swapped && k < 2 ? 1 - k : k;
    Shape column;
    for (int d = 0; d < shape.rank(); ++d) column.push_back(d == along ? shape[d] : 1);
    grids.push_back(expand(reshape(lists[static_cast<std::size_t>(k)], column), shape));
  }
  return grids;
}

Tensor cartesian_prod(std::span<const Tensor> lists, Location at) {
  Call call(at);
  if (lists.size() == 1 && lists[0].dim() == 1) return lists[0];
  std::vector<Tensor> columns;
  for (const Tensor& grid : meshgrid(lists)) columns.push_back(reshape(grid, {-1}));
  return stack(columns, 1);
}

Tensor repeat_interleave(const Tensor& x, std::int64_t times, std::optional<int> dim, Location at) {
  Call call(at);
  if (times < 0) fail<ValueError>(at, "repeat_interleave", fmt::format("{} times", times), {{"tensor", x}});
  if (!dim) return repeat_interleave(reshape(x, {-1}), times, 0);
  const int axis = dim_of_parts("repeat_interleave", x, *dim, at);
  Shape shape = x.shape();
  shape.insert(axis + 1, times);
  return flatten(expand(unsqueeze(x, axis + 1), shape), axis, axis + 1);
}

Tensor repeat_interleave(const Tensor& x, const Tensor& counts, std::optional<int> dim, Location at) {
  Call call(at);
  if (!dim) return repeat_interleave(reshape(x, {-1}), counts, 0);
  const int axis = dim_of_parts("repeat_interleave", x, *dim, at);
  if (is_floating(counts.dtype()) || counts.dtype() == DType::boolean)
    fail<DTypeError>(at, "repeat_interleave", "counts are integers", {{"counts", counts}});
  const std::int64_t size = x.shape()[axis];
  if (counts.dim() > 1 || (counts.numel() != 1 && counts.numel() != size))
    fail<ShapeError>(at, "repeat_interleave", "there is a count for each part, or one for all",
                     {{"tensor", x}, {"counts", counts}});
  const auto times = expand(counts.detach(), {size}).to_vector<std::int64_t>();
  std::vector<std::int64_t> places;
  for (std::int64_t i = 0; i < size; ++i) {
    const std::int64_t count = times[static_cast<std::size_t>(i)];
    if (count < 0) fail<ValueError>(at, "repeat_interleave", fmt::format("{} times", count), {{"counts", counts}});
    places.insert(places.end(), static_cast<std::size_t>(count), i);
  }
  const auto length = static_cast<std::int64_t>(places.size());
  return index_select(x, axis, tensor(places, {length}).to(x.device()));
}

Tensor sum_to(const Tensor& x, const Shape& shape, Location at) {
  return x.shape() == shape ? x : sum_to(x, shape, 0, at);
}
Tensor sum_to(const Tensor& x, const Shape& shape, int lead, Location at) {
  const int before = x.dim() - shape.rank();  // dimensions that lead, and those that go away
  Shape left = shape;
  int dims[max_rank], count = 0;
  for (int d = 0; d < x.dim(); ++d) {
    if (d < lead) left.insert(d, x.shape()[d]);
    else if (d < before || (shape[d - before] == 1 && x.shape()[d] != 1)) dims[count++] = d;
  }
  const Tensor total = count ? reduce(Sum{}, x, std::span(dims, static_cast<std::size_t>(count)), true, at) : x;
  return reshape(total, left, at);
}

void Expand::backward(Backward& ctx) {
  const Shape from = ctx.attributes<Expand>().from;
  ctx.add(0, sum_to(ctx.take_gradient(), from, ctx.lead()));
}

std::vector<Example> Expand::examples() {
  return {{"rows", {{4}}, [](const auto& x) { return expand(x[0], {3, 4}); }},
          {"columns", {{3, 1}}, [](const auto& x) { return expand(x[0], {2, -1, 4}); }},
          {"each row twice", {{2, 3}}, [](const auto& x) { return repeat_interleave(x[0], 2, 0); }},
          {"a grid", {{2}, {3}}, [](const auto& x) { return cartesian_prod({x[0], x[1]}); }},
          {"a number", {{}}, [](const auto& x) { return expand(x[0], {2, 2}); }},
          {"to nothing", {{1}}, [](const auto& x) { return expand(x[0], {0}); }}};
}

}  // namespace gradtape
