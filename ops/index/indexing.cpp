#include <gradtape/ops/index/indexing.h>

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/broadcast.h>
#include <gradtape/ops/index/index_put.h>
#include <gradtape/ops/index/index_select.h>
#include <gradtape/ops/index/indices.h>
#include <gradtape/ops/index/nonzero.h>
#include <gradtape/ops/index/slice_scatter.h>
#include <gradtape/ops/pointwise/add.h>
#include <gradtape/ops/pointwise/where.h>
#include <gradtape/ops/view/expand.h>
#include <gradtape/ops/view/permute.h>
#include <gradtape/ops/view/reshape.h>
#include <gradtape/ops/view/slice.h>

namespace gradtape {
namespace {

using indexing::Indices;
using indexing::TensorIndex;
using Kind = TensorIndex::Kind;

// One view of the way from a tensor to what its index tensors stand for.
struct Step {
  enum class Kind : std::uint8_t { select, slice, reshape } kind;
  int dim = 0;
  indexing::Slice part = {};  // an integer is where it starts
  Shape shape = {};
};
Tensor after(const Tensor& x, const Step& step, Location at) {
  switch (step.kind) {
    case Step::Kind::select:
      return select(x, step.dim, step.part.start, at);
    case Step::Kind::slice:
      return slice(x, step.dim, step.part.start, step.part.stop, step.part.step, at);
    case Step::Kind::reshape:
      return reshape(x, step.shape, at);
  }
  __builtin_unreachable();
}
// x with f(what the steps lead to) in place of that.
template <class F>
Tensor written_behind(const Tensor& x, std::span<const Step> steps, F f, Location at) {
  if (steps.empty()) return f(x);
  const Step& step = steps[0];
  const Tensor part = written_behind(after(x, step, at), steps.subspan(1), f, at);
  switch (step.kind) {
    case Step::Kind::select:
      return select_scatter(x, part, step.dim, step.part.start, at);
    case Step::Kind::slice:
      return slice_scatter(x, part, step.dim, step.part.start, step.part.stop, step.part.step, at);
    case Step::Kind::reshape:
      return reshape(part, x.shape(), at);
  }
  __builtin_unreachable();
}

bool is_mask(const TensorIndex& index) {
  return index.kind() == Kind::tensor && index.tensor().dtype() == DType::boolean;
}
bool is_advanced(const TensorIndex& index) { return index.kind() == Kind::tensor || index.kind() == Kind::boolean; }
int dims_of(const TensorIndex& index) {
  if (is_mask(index)) return index.tensor().dim();
  return index.kind() == Kind::integer || index.kind() == Kind::slice || index.kind() == Kind::tensor;
}

void require_mask_fits(const char* op, const Tensor& x, int dim, const Tensor& mask, Location at) {
  bool fits = dim + mask.dim() <= x.dim();
  for (int d = 0; fits && d < mask.dim(); ++d) fits = mask.shape()[d] == x.shape()[dim + d];
  if (!fits)
    fail<IndexError>(at, op, fmt::format("the mask does not fit what it stands at, from dimension {}", dim),
                     {{"tensor", x}, {"mask", mask}});
}

// Reads indices from left to right: views, and a list of places for each dimension that an index tensor stands at.
class Reading {
 public:
  Reading(const char* op, const Tensor& x, Indices indices, Location at) : view(x), op_(op), at_(at) {
    require_fitting(indices);
    advanced_ = std::ranges::any_of(indices, is_advanced);
    for (const TensorIndex& index : indices) read(index);
  }

  Tensor view;  // where the steps lead
  std::vector<Step> steps;
  Tensor lists[max_rank];  // of indices along the view's dimensions
  int first = -1, last = -1;  // of those
  bool separated = false;  // something stands between index tensors

 private:
  void require_fitting(Indices indices) {
    int named = 0;
    for (const TensorIndex& index : indices) named += dims_of(index);
    rest_ = view.dim() - named;
    if (rest_ < 0)
      fail<IndexError>(at_, op_, fmt::format("indices for {} dimensions", named), {{"tensor", view}},
                       fmt::format("It has {}.", view.dim()));
    if (std::ranges::count(indices, Kind::ellipsis, &TensorIndex::kind) > 1)
      fail<IndexError>(at_, op_, "there is more than one Ellipsis", {{"tensor", view}});
  }

  void read(const TensorIndex& index) {
    switch (index.kind()) {
      case Kind::integer:
        if (advanced_) note_advanced();
        return go({.kind = Step::Kind::select, .dim = dim_, .part = {index.integer()}});
      case Kind::none:
        note_between();
        insert_dim();
        ++dim_;
        return;
      case Kind::ellipsis:
        note_between();
        dim_ += rest_;
        return;
      case Kind::slice: {
        note_between();
        const auto& [start, stop, step] = index.slice();
        if (start != 0 || stop != INT64_MAX || step != 1)
          go({.kind = Step::Kind::slice, .dim = dim_, .part = index.slice()});
        ++dim_;
        return;
      }
      case Kind::boolean:
        insert_dim();
        return stand_here(new_full(op_, {index.integer()}, 0, {.dtype = DType::int64, .device = view.device()}));
      case Kind::tensor:
        require_one_device(op_, {{"tensor", view}, {"indices", index.tensor()}}, at_);
        return stand_here(is_mask(index) ? places_in(index.tensor()) : index.tensor());
    }
  }

  void go(Step step) {
    view = after(view, step, at_);
    steps.push_back(std::move(step));
  }
  void insert_dim() {
    Shape shape = view.shape();
    shape.insert(dim_, 1);
    go({.kind = Step::Kind::reshape, .shape = shape});
  }
  // A mask stands at the dimensions that it covers as at one.
  Tensor places_in(const Tensor& mask) {
    Shape shape = view.shape();
    require_mask_fits(op_, view, dim_, mask, at_);
    for (int d = 0; d < mask.dim(); ++d) shape.erase(dim_);
    shape.insert(dim_, mask.numel());
    if (mask.dim() != 1) go({.kind = Step::Kind::reshape, .shape = shape});
    return true_places(op_, mask, at_);
  }
  void stand_here(Tensor list) {
    note_advanced();
    if (first < 0) first = dim_;
    last = dim_;
    lists[dim_++] = std::move(list);
  }
  void note_advanced() {
    separated |= is_behind_;
    met_ = true;
  }
  void note_between() { is_behind_ |= met_; }

  const char* op_;
  Location at_;
  int dim_ = 0, rest_ = 0;
  bool advanced_ = false;  // there are index tensors
  bool met_ = false, is_behind_ = false;  // an index tensor or its like, and what is none behind it
};

// The view as [outer, size, inner], and the numbers of its picked parts.
struct Parts {
  Shape flat;
  Tensor list;
  Shape outer, picked, inner;  // as dimensions: those picked of the index tensors, and then of what is between them
  int broadcast_dims;  // of the index tensors
  bool separated;
};

Tensor with_ones_around(const Tensor& list, int before, int behind, Location at) {
  Shape shape = list.shape();
  for (int d = 0; d < before; ++d) shape.insert(0, 1);
  for (int d = 0; d < behind; ++d) shape.push_back(1);
  return reshape(list, shape, at);
}

// What stands between index tensors is picked too, by an index tensor of all its places.
Parts parts_of(const char* op, const Reading& read, Location at) {
  Parts parts;
  Shape sizes, between;
  std::vector<const Tensor*> given;
  for (int d = 0; d < read.view.dim(); ++d) {
    const std::int64_t size = read.view.shape()[d];
    (d < read.first ? parts.outer : d > read.last ? parts.inner : sizes).push_back(size);
    if (read.lists[d].defined()) given.push_back(&read.lists[d]);
    else if (d > read.first && d < read.last) between.push_back(size);
  }
  const Shape broadcast = broadcast_shape(op, given, at);
  parts.picked = joined(broadcast, between);
  parts.broadcast_dims = broadcast.rank();
  parts.separated = read.separated;
  parts.flat = {count_of(parts.outer), count_of(sizes), count_of(parts.inner)};
  if (parts.flat[1] == INT64_MAX)
    fail<ShapeError>(at, op, "the indexed dimensions have more elements together than can be counted",
                     {{"tensor", read.view}});
  std::vector<Tensor> lists;
  for (int d = read.first, passed = 0; d <= read.last; ++d) {
    Tensor list = read.lists[d];
    if (list.defined()) {
      list = with_ones_around(expand(list.detach(), broadcast, at), 0, between.rank(), at);
    } else {
      const Tensor all = arange(0, read.view.shape()[d], 1, {.dtype = int64, .device = read.view.device()}, at);
      list = with_ones_around(all, broadcast.rank() + passed, between.rank() - 1 - passed, at);
      ++passed;
    }
    lists.push_back(expand(list, parts.picked, at));
  }
  parts.list = flat_indices(op, lists, sizes, at);
  return parts;
}

Shape shape_in_place(const Parts& parts) { return joined(joined(parts.outer, parts.picked), parts.inner); }
// To where the dimensions belong: those of separated index tensors come first.
Dims order_of(const Parts& parts) {
  const int outer = parts.outer.rank(), leading = parts.separated ? parts.broadcast_dims : 0;
  Dims order;
  for (int d = 0; d < leading; ++d) order.push_back(outer + d);
  for (int d = 0; d < outer; ++d) order.push_back(d);
  for (int d = outer + leading; d < shape_in_place(parts).rank(); ++d) order.push_back(d);
  return order;
}

Tensor broadcast_to(const char* op, const Tensor& values, const Shape& shape, const Tensor& x, Location at) {
  bool fits = values.dim() <= shape.rank();
  for (int d = 1; fits && d <= values.dim(); ++d) {
    const std::int64_t size = values.shape()[values.dim() - d];
    fits = size == 1 || size == shape[shape.rank() - d];
  }
  if (!fits)
    fail<ShapeError>(at, op, "values do not broadcast to what is indexed", {{"tensor", x}, {"values", values}},
                     "It is " + to_string(shape) + ".");
  return expand(values, shape, at);
}
// Values for what is indexed, as [outer, picked, inner].
Tensor as_parts(const char* op, const Tensor& values, const Parts& parts, const Tensor& x, Location at) {
  const Shape in_place = shape_in_place(parts);
  const Dims order = order_of(parts);
  Shape indexed = in_place;
  for (int d = 0; d < indexed.rank(); ++d) indexed[d] = in_place[static_cast<int>(order[d])];
  const Tensor placed = permute(broadcast_to(op, values, indexed, x, at), inverse(order), at);
  return reshape(placed, {parts.flat[0], parts.list.numel(), parts.flat[2]}, at);
}

// The mask, where it alone is the index and one number goes there.
const Tensor* mask_for_number(Indices indices, const Tensor& values, bool accumulate) {
  const bool alone = indices.size() == 1 && is_mask(indices[0]) && values.dim() == 0 && !accumulate;
  return alone ? &indices[0].tensor() : nullptr;
}
Tensor filled(const char* op, const Tensor& x, const Tensor& mask, const Tensor& value, Location at) {
  require_mask_fits(op, x, 0, mask, at);
  return masked_fill(x, with_ones_around(mask.detach(), 0, x.dim() - mask.dim(), at), value, at);
}

constexpr const char* in_place = "index_put_";

}  // namespace

Tensor index(const Tensor& x, Indices indices, Location at) {
  Call call(at);
  const Reading read("index", x, indices, at);
  if (read.first < 0) return read.view;
  const Parts parts = parts_of("index", read, at);
  const Tensor picked = index_select(reshape(read.view, parts.flat, at), 1, parts.list, at),
               y = reshape(picked, shape_in_place(parts), at);
  return parts.separated ? permute(y, order_of(parts), at) : y;
}

Tensor index_put(const Tensor& x, Indices indices, const Tensor& values, bool accumulate, Location at) {
  Call call(at);
  const char* const op = "index_put";
  require_values_like(op, x, {}, values, at);
  if (const Tensor* mask = mask_for_number(indices, values, accumulate)) return filled(op, x, *mask, values, at);
  const Reading read(op, x.detach(), indices, at);
  const auto put = [&](const Tensor& part) {
    if (read.first < 0) {
      const Tensor all = broadcast_to(op, values, part.shape(), x, at);
      return accumulate ? part + all : all.clone(at);
    }
    const Parts parts = parts_of(op, read, at);
    const Tensor y =
        put_parts(op, reshape(part, parts.flat, at), 1, parts.list, as_parts(op, values, parts, x, at), accumulate, at);
    return reshape(y, part.shape(), at);
  };
  return written_behind(x, read.steps, put, at);
}
Tensor index_put(const Tensor& x, Indices indices, Number value, bool accumulate, Location at) {
  Call call(at);
  return index_put(x, indices, element_of("index_put", x, value, at), accumulate, at);
}

void write_at(const Tensor& x, Indices indices, const Tensor& values, bool accumulate, Location at) {
  Call call(at);
  require_writable(in_place, x, at);
  require_values_like(in_place, x, {}, values, at);
  if (std::ranges::any_of(indices, is_advanced)) {
    Tensor whole = x;
    whole.copy_(index_put(x.detach(), indices, values, accumulate, at), at);
    return;
  }
  Tensor part = Reading(in_place, x.detach(), indices, at).view;
  const Tensor all = broadcast_to(in_place, values, part.shape(), x, at);
  accumulate ? part.add_(all, 1, at) : part.copy_(all, at);
}
void write_at(const Tensor& x, Indices indices, Number value, bool accumulate, Location at) {
  Call call(at);
  write_at(x, indices, element_of(in_place, x, value, at), accumulate, at);
}

Tensor take(const Tensor& x, const Tensor& indices, Location at) {
  Call call(at);
  require_one_device("take", {{"tensor", x}, {"indices", indices}}, at);
  const Tensor list = flat_indices("take", std::span(&indices, 1), {x.numel()}, at);
  return reshape(index_select(reshape(x, {x.numel()}, at), 0, list, at), indices.shape(), at);
}

}  // namespace gradtape
