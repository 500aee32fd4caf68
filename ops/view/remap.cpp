#include <gradtape/ops/view/remap.h>

#include <algorithm>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/launch.h>
#include <gradtape/autograd/layout.h>
#include <gradtape/autograd/loop.h>
#include <gradtape/autograd/team.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/bits.h>
#include <gradtape/ops/view/permute.h>
#include <gradtape/ops/view/reshape.h>

namespace gradtape {
namespace {

constexpr DimMap as_it_is(std::int64_t size) { return {PadMode::constant, 0, size, size}; }
bool is_as_it_is(const DimMap& map) { return map.mode == PadMode::constant && map.before == 0 && map.from == map.to; }
IndexMap as_it_is(const Shape& shape) {
  IndexMap map{shape.rank(), {}};
  for (int d = 0; d < shape.rank(); ++d) map.dims[d] = as_it_is(shape[d]);
  return map;
}

// The same map behind the dimensions of a gradient that lead.
IndexMap behind(int lead, const Shape& gradient, const IndexMap& map) {
  IndexMap whole = as_it_is(gradient);
  std::copy_n(map.dims, map.rank, whole.dims + lead);
  return whole;
}

// Does the result read each element at most once? Then the map is turned into its adjoint, which copies too.
bool turn(DimMap& map) {
  const bool all_once = map.from == map.to && map.mode != PadMode::replicate &&
                        (map.mode != PadMode::reflect || map.before == 1 - map.from);
  if (map.mode != PadMode::constant && !all_once) return false;
  if (map.mode != PadMode::reflect) map.before = -map.before;
  std::swap(map.from, map.to);
  return true;
}
bool turn(IndexMap& map) {
  for (int d = 0; d < map.rank; ++d)
    if (!turn(map.dims[d])) return false;
  return true;
}

using Stretch = Run<std::int64_t>;

// Calls each(dimension, run, place in x, place in the result) for all runs of which the result's elements [first, last)
// of dimension d are made.
template <class Each> void walk(const RemapPass& pass, int d, std::int64_t first, std::int64_t last, std::int64_t from,
                                std::int64_t to, const Each& each) {
  const MappedDim& dim = pass.dims[d];
  for (std::int64_t i = first; i < last;) {
    Stretch run = run_at(dim, i);
    run.count = std::min(run.count, last - i);
    const std::int64_t source = from + run.first * dim.from_stride, target = to + i * dim.to_stride;
    if (d == pass.rank - 1 || run.first < 0) each(dim, run, source, target);
    else
      for (std::int64_t k = 0; k < run.count; ++k)
        walk(pass, d + 1, 0, pass.dims[d + 1].to, source + k * run.step * dim.from_stride, target + k * dim.to_stride,
             each);
    i += run.count;
  }
}

// Calls part(first, last) for parts of the outermost dimension, on the team.
template <class Part> void in_parts(const MappedDim& outermost, std::int64_t count, const Part& part) {
  const std::int64_t size = outermost.to, each = count / size;
  const std::int64_t some = std::max<std::int64_t>(1, part_of_pass / std::max<std::int64_t>(each, 1));
  parallel_for((size + some - 1) / some, [&](std::int64_t i) { part(i * some, std::min(size, (i + 1) * some)); });
}

template <class Bits> void copy_stretch(const Bits* from, std::int64_t step, Bits* to, std::int64_t count) {
  if (step == 1) std::copy_n(from, count, to);
  else if (step == 0) std::fill_n(to, count, *from);
  else if (step == -1) std::reverse_copy(from - count + 1, from + 1, to);
  else
    for (std::int64_t k = 0; k < count; ++k) to[k] = from[k * step];
}

template <class Bits> void remap_bits(const Launch& work) {
  const auto& settings = work.as<RemapSettings>();
  const TensorData &x = *work.in(0), &y = *work.out();
  const RemapPass pass(settings.map, x, y);
  Bits outside;
  write_number(settings.outside, y.dtype, &outside);
  in_parts(pass.dims[0], y.count, [&](std::int64_t first, std::int64_t last) {
    walk(pass, 0, first, last, 0, 0, [&](const MappedDim& dim, const Stretch& run, std::int64_t from, std::int64_t to) {
      if (run.first < 0) std::fill_n(elements<Bits>(&y) + to, run.count * dim.to_stride, outside);
      else copy_stretch(elements<Bits>(&x) + from, run.step * dim.from_stride, elements<Bits>(&y) + to, run.count);
    });
  });
}
void remap_on_cpu(const Launch& work) {
  visit_bits(work.out()->dtype, [&](auto zero) { remap_bits<decltype(zero)>(work); });
}

template <class T> void add_mapped(const Launch& work) {
  const TensorData &dx = *work.out(), &gradient = *work.in(0);
  const RemapPass pass(work.as<IndexMap>(), dx, gradient);
  const MappedDim& outermost = pass.dims[0];
  auto add = [&](std::int64_t first, std::int64_t last) {
    walk(pass, 0, first, last, 0, 0, [&](const MappedDim& dim, const Stretch& run, std::int64_t at, std::int64_t from) {
      if (run.first < 0) return;
      T* sums = elements<T>(&dx) + at;
      const T* terms = elements<T>(&gradient) + from;
      const std::int64_t step = run.step * dim.from_stride;
      for (std::int64_t k = 0; k < run.count; ++k) sums[k * step] += terms[k * dim.to_stride];
    });
  };
  std::fill_n(elements<T>(&dx), dx.count, T(0));
  if (gradient.count == 0) return;
  // Parts must not meet in one place.
  if (is_as_it_is(outermost)) in_parts(outermost, gradient.count, add);
  else add(0, outermost.to);
}
void remap_backward_on_cpu(const Launch& work) {
  if (work.out()->dtype == DType::float32) add_mapped<float>(work);
  else add_mapped<double>(work);
}

constexpr Kernel remap_kernel{remap_on_cpu, GT_ON_CUDA(remap_on_cuda), nullptr, no_flops};
constexpr Kernel remap_backward_kernel{remap_backward_on_cpu, GT_ON_CUDA(remap_backward_on_cuda)};

Tensor remap(const char* op, const Tensor& x, const IndexMap& map, Number outside, Location at) {
  Shape shape = x.shape();
  for (int d = 0; d < map.rank; ++d) shape[d] = map.dims[d].to;
  Tensor y = new_tensor(op, shape, options_of(x), at);
  if (y.numel() > 0) launch(remap_kernel, op, RemapSettings{map, outside}, {y}, {x});
  return record(Remap{map}, at, std::move(y), {x}, {});
}

Tensor remap_backward(const Tensor& gradient, const IndexMap& map, Location at) {
  if (!is_floating(gradient.dtype()))
    fail<DTypeError>(at, "remap_backward", "gradients are floating", {{"gradient", gradient}});
  if (is_half(gradient.dtype())) return remap_backward(gradient.to(DType::float32), map, at).to(gradient.dtype());
  Shape shape = gradient.shape();
  for (int d = 0; d < map.rank; ++d) shape[d] = map.dims[d].from;
  Tensor dx = new_tensor("remap_backward", shape, options_of(gradient), at);
  if (dx.numel() > 0) launch(remap_backward_kernel, "remap_backward", map, {dx}, {gradient});
  return record(RemapBackward{map}, at, std::move(dx), {gradient}, {});
}

// Once round a dimension of this size.
std::int64_t inside(std::int64_t shift, std::int64_t size) { return size ? wrapped(shift, size) : 0; }

// By how many elements a dimension may go on to one side.
std::int64_t most_beyond(PadMode mode, std::int64_t size) {
  switch (mode) {
    case PadMode::reflect:
      return size - 1;
    case PadMode::circular:
      return size;
    case PadMode::replicate:
      return size > 0 ? most_elements : 0;
    case PadMode::constant:
      break;
  }
  return most_elements;
}
// A dimension with so many elements before and behind its own.
DimMap padded(const Tensor& x, int dim, std::int64_t before, std::int64_t behind, PadMode mode, Location at) {
  const std::int64_t size = x.shape()[dim];
  if (before <= 0 && behind <= 0) mode = PadMode::constant;  // crops alone
  std::int64_t to = 0;
  const bool overflows = __builtin_add_overflow(size, before, &to) || __builtin_add_overflow(to, behind, &to);
  if (overflows || to < 0 || std::max(before, behind) > most_beyond(mode, size))
    fail<ShapeError>(at, "pad", fmt::format("dimension {} by {} before and {} behind", dim, before, behind),
                     {{"tensor", x}},
                     "What is left has a size of at least 0. Mirror images have the size less 1 at most, and mode "
                     "circular goes round once.");
  return {mode, before, size, to};
}

}  // namespace

RemapPass::RemapPass(const IndexMap& map, const TensorData& from, const TensorData& to) {
  const Strides from_strides = strides_of(from), to_strides = strides_of(to);
  for (int d = 0; d < map.rank; ++d) {
    const MappedDim dim{map.dims[d], from_strides[d], to_strides[d]};
    if (is_as_it_is(dim) && dim.from == 1) continue;
    MappedDim& outer = dims[std::max(rank - 1, 0)];
    const bool goes_on_evenly = rank > 0 && (outer.mode == PadMode::constant || outer.mode == PadMode::circular);
    if (goes_on_evenly && is_as_it_is(dim) && outer.from_stride == dim.from * dim.from_stride &&
        outer.to_stride == dim.to * dim.to_stride)
      outer = {{outer.mode, outer.before * dim.from, outer.from * dim.from, outer.to * dim.to},
               dim.from_stride,
               dim.to_stride};
    else dims[rank++] = dim;
  }
  if (rank == 0) dims[rank++] = {as_it_is(1), 1, 1};
}

Tensor flip(const Tensor& x, const Dims& dims, Location at) {
  Call call(at);
  IndexMap map = as_it_is(x.shape());
  for (const std::int64_t d : checked_dims("flip", x, dims, at))
    if (x.dim() > 0 && x.shape()[static_cast<int>(d)] > 1) {
      DimMap& dim = map.dims[d];
      dim = {PadMode::reflect, 1 - dim.from, dim.from, dim.to};
    }
  return remap("flip", x, map, 0, at);
}

Tensor rot90(const Tensor& x, int k, const Dims& dims, Location at) {
  Call call(at);
  if (dims.rank() != 2) fail<IndexError>(at, "rot90", "turns two dimensions", {{"tensor", x}});
  const Dims plane = checked_dims("rot90", x, dims, at);
  const int first = static_cast<int>(plane[0]), second = static_cast<int>(plane[1]);
  switch (wrapped(k, 4)) {
    case 1:
      return flip(transpose(x, first, second), {first});
    case 2:
      return flip(x, plane);
    case 3:
      return flip(transpose(x, first, second), {second});
    default:
      return x.clone();
  }
}

Tensor roll(const Tensor& x, const Dims& shifts, const Dims& dims, Location at) {
  Call call(at);
  if (shifts.rank() != dims.rank())
    fail<ShapeError>(at, "roll", fmt::format("{} shifts along {} dimensions", shifts.rank(), dims.rank()),
                     {{"tensor", x}});
  IndexMap map = as_it_is(x.shape());
  for (int i = 0; i < dims.rank(); ++i) {
    DimMap& dim = map.dims[dim_of_parts("roll", x, static_cast<int>(dims[i]), at)];
    dim.before = inside(dim.before + inside(shifts[i], dim.from), dim.from);
    if (dim.before > 0) dim.mode = PadMode::circular;
  }
  return remap("roll", x, map, 0, at);
}
Tensor roll(const Tensor& x, std::int64_t shift, int dim, Location at) { return roll(x, Dims{shift}, Dims{dim}, at); }
Tensor roll(const Tensor& x, std::int64_t shift, Location at) {
  Call call(at);
  return reshape(roll(reshape(x, {-1}), shift, 0), x.shape());
}

Tensor repeat(const Tensor& x, const Dims& counts, Location at) {
  Call call(at);
  const int lead = counts.rank() - x.dim();
  if (lead < 0)
    fail<ShapeError>(at, "repeat", fmt::format("{} counts for {} dimensions", counts.rank(), x.dim()), {{"tensor", x}},
                     "gt::tile takes fewer.");
  Shape shape = x.shape();
  for (int d = 0; d < lead; ++d) shape.insert(0, 1);
  IndexMap map = as_it_is(shape);
  for (int d = 0; d < counts.rank(); ++d) {
    if (counts[d] < 0)
      fail<ValueError>(at, "repeat", fmt::format("{} times along dimension {}", counts[d], d), {{"tensor", x}});
    if (counts[d] == 1) continue;
    DimMap& dim = map.dims[d];
    dim = {dim.from == 1 ? PadMode::replicate : PadMode::circular, 0, dim.from, product_of(dim.from, counts[d])};
  }
  return remap("repeat", reshape(x, shape), map, 0, at);
}
Tensor tile(const Tensor& x, const Dims& counts, Location at) {
  Dims all = counts;
  while (all.rank() < x.dim()) all.insert(0, 1);
  return repeat(x, all, at);
}

Tensor pad(const Tensor& x, std::span<const std::int64_t> counts, PadOptions options, Location at) {
  Call call(at);
  if (counts.size() % 2 != 0 || counts.size() > 2 * static_cast<std::size_t>(x.dim()))
    fail<ShapeError>(at, "pad", fmt::format("{} counts for {} dimensions", counts.size(), x.dim()), {{"tensor", x}},
                     "For each, from the last on, one before and one behind.");
  IndexMap map = as_it_is(x.shape());
  for (std::size_t i = 0; i < counts.size(); i += 2) {
    const int d = x.dim() - 1 - static_cast<int>(i / 2);
    map.dims[d] = padded(x, d, counts[i], counts[i + 1], options.mode, at);
  }
  return remap("pad", x, map, options.value, at);
}

void Remap::backward(Backward& ctx) {
  const Tensor gradient = ctx.take_gradient();
  IndexMap map = behind(ctx.lead(), gradient.shape(), ctx.attributes<Remap>().map), turned = map;
  ctx.add(0, turn(turned) ? remap("remap_backward", gradient, turned, 0, ctx.where())
                          : remap_backward(gradient, map, ctx.where()));
}
void RemapBackward::backward(Backward& ctx) {
  const Tensor gradient = ctx.take_gradient();
  const IndexMap map = behind(ctx.lead(), gradient.shape(), ctx.attributes<RemapBackward>().map);
  ctx.add(0, remap("remap", gradient, map, 0, ctx.where()));
}

namespace {

Example padding(const char* text, Shape shape, std::vector<std::int64_t> counts, PadOptions options) {
  return {text, {shape}, [=](const std::vector<Tensor>& x) { return pad(x[0], counts, options); }};
}

}  // namespace

std::vector<Example> Remap::examples() {
  return {{"flip", {{3, 5}}, [](const auto& x) { return flip(x[0], {1, 0}); }},
          {"flip of what lies inside", {{2, 3, 4}}, [](const auto& x) { return flip(x[0], {1}); }},
          {"turned", {{2, 3}}, [](const auto& x) { return rot90(x[0], 3); }},
          {"rolled", {{3, 4}}, [](const auto& x) { return roll(x[0], {1, -6}, {0, -1}); }},
          {"rolled as a list", {{3, 4}}, [](const auto& x) { return roll(x[0], 5); }},
          {"repeated", {{2, 1, 3}}, [](const auto& x) { return repeat(x[0], {2, 1, 3, 2}); }},
          {"tiled", {{2, 3}}, [](const auto& x) { return tile(x[0], {3}); }},
          {"a number", {{}}, [](const auto& x) { return repeat(x[0], {2, 2}); }},
          padding("zeros", {2, 3}, {1, 2, 0, 1}, {}),
          padding("cropped and padded", {4, 5}, {-1, 2, 1, -2}, {.value = 2.5}),
          padding("cropped to nothing", {4}, {-2, -2}, {}),
          padding("padded from nothing", {0, 2}, {0, 1, 1, 1}, {.value = 3}),
          padding("mirrored", {3, 4}, {3, 1, 2, 2}, {.mode = PadMode::reflect}),
          padding("replicated", {2, 3}, {2, 4, 1, 0}, {.mode = PadMode::replicate}),
          padding("replicated, cropped inside", {2, 6}, {-2, 3}, {.mode = PadMode::replicate}),
          padding("all round", {3, 4}, {4, 2, 1, 3}, {.mode = PadMode::circular}),
          padding("all round, cropped", {5}, {-2, 3}, {.mode = PadMode::circular})};
}
std::vector<Example> RemapBackward::examples() {
  const IndexMap map{2, {{PadMode::reflect, 1, 2, 3}, {PadMode::circular, 1, 2, 6}}};
  return {{"sums", {{3, 6}}, [=](const auto& x) { return remap_backward(x[0], map, Location::current()); }}};
}

}  // namespace gradtape
