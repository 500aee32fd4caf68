#include <gradtape/ops/view/expand.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/reduce/sum.h>
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

void Expand::backward(Backward& walk) {
  const Shape from = walk.attributes<Expand>().from;
  walk.add(0, sum_to(walk.take_gradient(), from, walk.lead()));
}

std::vector<Example> Expand::examples() {
  return {{"rows", {{4}}, [](const auto& x) { return expand(x[0], {3, 4}); }},
          {"columns", {{3, 1}}, [](const auto& x) { return expand(x[0], {2, -1, 4}); }},
          {"a number", {{}}, [](const auto& x) { return expand(x[0], {2, 2}); }},
          {"to nothing", {{1}}, [](const auto& x) { return expand(x[0], {0}); }}};
}

}  // namespace gradtape
