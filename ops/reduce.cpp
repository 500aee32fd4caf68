#include <gradtape/ops/reduce.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/launch.h>
#include <gradtape/autograd/memory.h>
#include <gradtape/autograd/team.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/cpu/level.h>
#include <gradtape/ops/example.h>
#include <gradtape/ops/formula.h>
#include <gradtape/ops/view/permute.h>
#include <gradtape/ops/view/reshape.h>

namespace gradtape {
namespace {

constexpr std::int64_t chunk = 32768;  // elements that one thread takes at a time

constexpr std::size_t max_attribute_bytes = 64;

// What backward needs to know of a reduction.
struct Reduced {
  Shape shape;     // of the input
  unsigned dims;   // bit d: dimension d was reduced
  bool keepdim;
};

int type_index(DType type) { return is_floating(type) ? loops_of_type(type) : 2; }

Dims reduced_last(int rank, unsigned dims) {
  Dims order;
  for (const unsigned reduced : {0u, 1u})
    for (int d = 0; d < rank; ++d)
      if ((dims >> d & 1) == reduced) order.push_back(d);
  return order;
}
// The order that puts reduced dimensions last; empty when they are neighbours already.
Dims order_of(const Shape& shape, unsigned dims) {
  int changes = 0;
  bool before = false;
  for (int d = 0; d < shape.rank(); ++d) {
    if (shape[d] == 1) continue;
    const bool now = dims >> d & 1;
    changes += now && !before;
    before = now;
  }
  return changes <= 1 ? Dims() : reduced_last(shape.rank(), dims);
}

// [outer, columns, inner] of a dense tensor whose reduced dimensions are neighbours.
Fold fold_of(const Shape& shape, unsigned dims) {
  Fold fold{};
  fold.outer = fold.columns = fold.inner = 1;
  for (int d = 0; d < shape.rank(); ++d) {
    if (dims >> d & 1) {
      fold.columns = product_of(fold.columns, shape[d]);
    } else if (shape[d] != 1) {
      std::int64_t& beside = fold.columns != 1 ? fold.inner : fold.outer;
      beside = product_of(beside, shape[d]);
    }
  }
  return fold;
}

unsigned permuted(unsigned dims, const Dims& order) {
  unsigned moved = 0;
  for (int d = 0; d < order.rank(); ++d) moved |= (dims >> order[d] & 1) << d;
  return moved;
}

Shape without(const Shape& shape, unsigned dims, bool keepdim) {
  Shape left;
  for (int d = 0; d < shape.rank(); ++d) {
    if (!(dims >> d & 1)) left.push_back(shape[d]);
    else if (keepdim) left.push_back(1);
  }
  return left;
}

void in_chunks(FoldFn loop, const void* op, const Fold& whole, std::size_t size, std::size_t out_size, bool backward) {
  const std::int64_t row = whole.columns * whole.inner;
  const std::int64_t each = std::max<std::int64_t>(1, chunk / std::max<std::int64_t>(1, row));
  if (whole.outer <= each) return loop(op, whole);
  parallel_for((whole.outer + each - 1) / each, [&](std::int64_t number) {
    const std::int64_t first = number * each;
    Fold part = whole;
    part.outer = std::min(each, whole.outer - first);
    auto moved = [&](const void* p, std::int64_t elements, std::size_t bytes) {
      return p ? static_cast<const std::byte*>(p) + static_cast<std::size_t>(elements) * bytes : nullptr;
    };
    part.in = moved(whole.in, first * row, size);
    part.y = moved(whole.y, first * whole.inner, size);
    part.gradient = moved(whole.gradient, first * whole.inner, size);
    part.out = const_cast<std::byte*>(
        moved(whole.out, backward ? first * row : first * whole.inner, backward ? size : out_size));
    loop(op, part);
  });
}

// The op, and how its input lies.
struct Settings {
  alignas(8) std::byte op[max_attribute_bytes];
  std::int64_t outer, columns, inner;
};

// What a pass writes and reads: forward in; backward in, the values y and their gradient.
Fold fold_of(const Launch& work) {
  const auto& settings = work.as<Settings>();
  Fold fold{};
  fold.outer = settings.outer, fold.columns = settings.columns, fold.inner = settings.inner;
  fold.out = work.out()->data;
  fold.in = work.in(0)->data;
  fold.y = work.reads > 1 ? work.in(1)->data : nullptr;
  fold.gradient = work.reads > 1 ? work.in(2)->data : nullptr;
  return fold;
}

// Note: one row in parts. What is taken of each part lies in a state, and the bits are the same whoever takes them:
// this kernel, or fused passes while the row is being made.
bool goes_in_parts(const Launch& work, const ReduceLoops& loops) {
  const auto& settings = work.as<Settings>();
  return loops.take[0] && settings.outer == 1 && settings.inner == 1;
}
const ReduceLoops& loops_of(const Launch& work) {
  return static_cast<const ReduceKernels*>(work.row)->loops[type_index(work.type)];
}
void join_parts(const Launch& work, const std::byte* states, std::int64_t parts) {
  const auto& settings = work.as<Settings>();
  loops_of(work).join[cpu_level()](settings.op, states, parts, settings.columns, work.out()->data);
}
void take_part(const Launch& work, std::int64_t part, std::byte* state) {
  const std::int64_t first = part * part_of_pass;
  Loop loop{};
  loop.out[0] = std::memset(state, 0, state_bytes);
  loop.in[0] = work.in(0)->data + static_cast<std::size_t>(first) * size_of(work.type);
  loop.count = std::min(part_of_pass, work.as<Settings>().columns - first);
  loops_of(work).take[cpu_level()](work.as<Settings>().op, loop);
}
void take_parts(const Launch& work) {
  const std::int64_t parts = (work.as<Settings>().columns + part_of_pass - 1) / part_of_pass;
  if (parts <= 1) {
    alignas(64) std::byte state[state_bytes];
    take_part(work, 0, state);
    return join_parts(work, state, 1);
  }
  const std::size_t bytes = static_cast<std::size_t>(parts) * state_bytes;
  auto* const states = static_cast<std::byte*>(take_block(bytes, work.name));
  parallel_for(
      parts, [&](std::int64_t part) { take_part(work, part, states + static_cast<std::size_t>(part) * state_bytes); });
  join_parts(work, states, parts);
  give_block(states, bytes);
}
bool takes_elementwise(const Launch& work, Elementwise& pass) {
  const ReduceLoops& loops = loops_of(work);
  if (!goes_in_parts(work, loops) || !work.in(0)->in_packs) return false;
  pass = {.run = loops.take[cpu_level()], .loop = {}, .size = size_of(work.type), .out_size = 0};
  pass.loop.in[0] = work.in(0)->data;
  pass.loop.step[0] = 1;
  pass.loop.count = work.as<Settings>().columns;
  pass.state_bytes = state_bytes;
  pass.finish = join_parts;
  return true;
}

// Columns side by side, of which rows are taken in order.
void take_rows(const Launch& work, std::int64_t first, std::int64_t last, std::byte* state) {
  const auto& settings = work.as<Settings>();
  const ReduceLoops& loops = loops_of(work);
  Fold some = fold_of(work);
  some.in = work.in(0)->data + static_cast<std::size_t>(first * some.inner) * size_of(work.type);
  some.columns = last - first;
  loops.take_columns[cpu_level()](settings.op, some, state);
  if (last == settings.columns) loops.join_columns[cpu_level()](settings.op, fold_of(work), state);
}
bool takes_by_rows(const Launch& work, ByRows& parts) {
  const auto& settings = work.as<Settings>();
  if (!loops_of(work).take_columns[0] || settings.outer != 1 || settings.inner == 1 || settings.columns == 0)
    return false;
  const std::size_t row_bytes = static_cast<std::size_t>(settings.inner) * size_of(work.type);
  parts = {.rows = settings.columns,
           .row_bytes = row_bytes,
           .run = take_rows,
           .state_bytes = 2 * ((row_bytes + 63) / 64 * 64)};
  parts.reach[1] = ByRows::own_rows;
  return true;
}

// A long row in two steps, of which all threads take the first: the value of the values of its parts.
bool goes_in_steps(const Launch& work) {
  const auto& settings = work.as<Settings>();
  return static_cast<const ReduceKernels*>(work.row)->of_parts && settings.outer == 1 && settings.inner == 1 &&
         settings.columns > 2 * part_of_pass;
}
void take_in_steps(const Launch& work, FoldFn loop) {
  const void* op = work.as<Settings>().op;
  const Fold row = fold_of(work);
  const std::size_t size = size_of(work.type);
  const std::int64_t parts = row.columns / part_of_pass, rest = row.columns % part_of_pass;
  const std::size_t bytes = static_cast<std::size_t>(parts + 1) * size;
  auto* const values = static_cast<std::byte*>(take_block(bytes, work.name));
  Fold first = row, second = row;
  first.out = values, first.outer = parts, first.columns = part_of_pass;
  second.in = values, second.columns = parts + (rest > 0);
  in_chunks(loop, op, first, size, size, false);
  if (rest > 0) {
    first.in = static_cast<const std::byte*>(row.in) + static_cast<std::size_t>(row.columns - rest) * size;
    first.out = values + static_cast<std::size_t>(parts) * size, first.outer = 1, first.columns = rest;
    loop(op, first);
  }
  loop(op, second);
  give_block(values, bytes);
}

enum Direction { forward, backward };

template <Direction direction>
void run_on_cpu(const Launch& work) {
  const ReduceLoops& loops = loops_of(work);
  if (direction == forward && goes_in_parts(work, loops)) return take_parts(work);
  const FoldFn loop = (direction == forward ? loops.forward : loops.backward)[cpu_level()];
  if (direction == forward && goes_in_steps(work)) return take_in_steps(work, loop);
  in_chunks(loop, work.as<Settings>().op, fold_of(work), size_of(work.type), size_of(work.out()->dtype),
            direction == backward);
}
template <Direction direction>
void run_on_cuda(const Launch& work) {
  const ReduceLaunches& launches =
      cuda_kernels_of(*static_cast<const ReduceKernels*>(work.row)).launches[type_index(work.type)];
  (direction == forward ? launches.forward : launches.backward)(work.as<Settings>().op, work.device(), fold_of(work));
}
template <Direction direction>
constexpr Kernel kernel{.cpu = run_on_cpu<direction>,
                        .cuda = run_on_cuda<direction>,
                        .elementwise = direction == forward ? takes_elementwise : nullptr,
                        .by_rows = direction == forward ? takes_by_rows : nullptr};

template <Direction direction>
void run(const ReduceKernels& row, const void* op, const Fold& fold, const Tensor& out,
         std::initializer_list<Given> reads) {
  Settings settings{{}, fold.outer, fold.columns, fold.inner};
  std::memcpy(settings.op, op, row.attribute_bytes);
  launch({.kernel = &kernel<direction>,
          .name = row.name,
          .settings = &settings,
          .settings_bytes = sizeof settings,
          .row = &row,
          .type = reads.begin()->tensor->dtype},
         {out}, reads);
}

}  // namespace

Tensor apply(const ReduceKernels& row, const void* op, const Tensor& input, std::span<const int> dims, bool keepdim,
             Location at) {
  Call call(at);
  if (is_half(input.dtype())) {
    const Tensor y = apply(row, op, input.to(DType::float32, at), dims, keepdim, at);
    return row.typed ? y : y.to(input.dtype(), at);
  }
  const unsigned mask = mask_of(row.name, input, dims, at);
  const DType given = input.dtype();
  // float32 does not tell long integers apart: they are taken as float64, and the result is rounded.
  const DType type = is_floating(given) ? given : row.loops[2].forward[0] ? DType::int64 : DType::float64;
  const Tensor x = input.to(type);

  Dims order = order_of(x.shape(), mask);
  // A place in the row is found along a dense row only.
  if (row.places && order.rank() == 0 && fold_of(x.shape(), mask).inner != 1) order = reduced_last(x.dim(), mask);
  Tensor dense;
  {
    NoGrad pause;
    dense = (order.rank() ? permute(x.detach(), order) : x.detach()).contiguous();
  }
  const Fold fold = fold_of(dense.shape(), order.rank() ? permuted(mask, order) : mask);
  if (fold.columns == 0 && (row.places || row.empty_is_error))
    fail<ShapeError>(at, row.name, "there is nothing to choose from", {{"tensor", input}});
  const DType out_type = row.places ? DType::int64 : type;
  Tensor y = new_tensor(row.name, without(x.shape(), mask, keepdim), {.dtype = out_type, .device = x.device()});
  if (y.numel() > 0) run<forward>(row, op, fold, y, {dense});
  if (!row.typed && !is_floating(given) && type == DType::float64) return y.to(DType::float32);
  if (!row.differentiable) return row.typed ? y.to(row.gives) : y;

  // The attributes: the op's own, and behind them the reduction's.
  struct {
    alignas(8) std::byte op[max_attribute_bytes];
    Reduced reduced;
  } attributes{{}, {x.shape(), mask, keepdim}};
  std::memcpy(attributes.op, op, row.attribute_bytes);
  if (row.keeps_input) return record(row, at, y, {x}, {x, y}, &attributes, sizeof attributes);
  return record(row, at, y, {x}, {}, &attributes, sizeof attributes);
}

void reduce_backward(Backward& ctx) {
  const auto& row = static_cast<const ReduceKernels&>(*ctx.record().op);
  const void* op = ctx.record().attributes();
  const auto& reduced = *reinterpret_cast<const Reduced*>(static_cast<const std::byte*>(op) + max_attribute_bytes);
  const Shape kept_dims = without(reduced.shape, reduced.dims, true);
  const Tensor gradient = reshape(ctx.take_gradient(), ctx.led(kept_dims));
  if (!row.keeps_input) return ctx.add(0, row.gradient(op, gradient, ctx.led(reduced.shape)));

  const Tensor x = ctx.kept(0), y = reshape(ctx.kept(1), kept_dims);
  const Dims order = order_of(reduced.shape, reduced.dims);
  if (ctx.create_graph()) {
    // Reduced dimensions last, and as one.
    const Dims last = reduced_last(x.dim(), reduced.dims);
    const Shape values = without(reduced.shape, reduced.dims, false), ones = joined(values, {1}),
                rows = joined(values, {fold_of(reduced.shape, reduced.dims).columns});
    const Tensor moved = permute(x, last), slopes = permute(gradient, order_behind(ctx.lead(), last));
    const Tensor dx =
        row.recorded(op, reshape(moved, rows), reshape(permute(y, last), ones), reshape(slopes, ctx.led(ones)));
    return ctx.add(0, permute(reshape(dx, ctx.led(moved.shape())), order_behind(ctx.lead(), inverse(last))));
  }
  auto dense = [&](const Tensor& t) { return (order.rank() ? permute(t, order) : t).contiguous(); };
  const Tensor in = dense(x), values = dense(y), slopes = dense(gradient);
  Tensor dx = new_like(row.name, in);
  if (dx.numel() > 0)
    run<backward>(row, op, fold_of(in.shape(), order.rank() ? permuted(reduced.dims, order) : reduced.dims), dx,
                  {in, values, slopes});
  ctx.add(0, order.rank() ? permute(dx, inverse(order)) : dx);
}

std::vector<Example> examples_of(const ReduceKernels& row) {
  struct Case {
    Shape shape;
    std::vector<int> dims;
    bool keepdim;
  };
  std::vector<Case> cases = {{{}, {}, false},        {{1}, {0}, false},          {{33}, {}, false},
                             {{70}, {0}, true},      {{3, 17}, {1}, false},      {{5, 18}, {0}, false},
                             {{2, 3, 4}, {1}, true}, {{1, 5, 3}, {0, 2}, false}, {{2, 0, 3}, {0}, false}};
  if (!row.places) {
    cases.push_back({{2, 3, 4}, {0, 2}, false});
    cases.push_back({{2, 3, 4}, {-1, 1}, true});
    if (!row.empty_is_error) cases.push_back({{2, 0}, {1}, false});
  }
  std::vector<Example> examples;
  for (const Case& c : cases)
    examples.push_back({fmt::format("{} over {}{}", to_string(c.shape),
                                    c.dims.empty() ? "all" : std::to_string(c.dims[0]), c.keepdim ? ", kept" : ""),
                        {c.shape},
                        [&row, c](const std::vector<Tensor>& x) {
                          return apply(row, row.defaults, x[0], c.dims, c.keepdim, Location::current());
                        },
                        row.samples,
                        row.differentiable,
                        c.shape.rank() == 2 && c.dims == std::vector{1}});
  return examples;
}

}  // namespace gradtape
