#include <gradtape/ops/rowwise.h>

#include <algorithm>

#include <fmt/format.h>

#include <gradtape/autograd/launch.h>
#include <gradtape/autograd/leaf.h>
#include <gradtape/autograd/team.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/cpu/level.h>
#include <gradtape/ops/example.h>
#include <gradtape/ops/formula.h>
#include <gradtape/ops/view/reshape.h>

namespace gradtape {
namespace {

constexpr std::int64_t chunk = 16384;  // elements that one thread takes at a time, in whole rows

void in_chunks(RowsFn loop, const void* op, const Rows& rows, std::size_t size) {
  const std::int64_t each = std::max<std::int64_t>(64, chunk / std::max<std::int64_t>(1, rows.columns) / 64 * 64);
  const std::int64_t per_chunk = rows.columns >= chunk / 64 ? std::max<std::int64_t>(1, chunk / rows.columns) : each;
  if (rows.rows <= per_chunk) return loop(op, rows);
  parallel_for((rows.rows + per_chunk - 1) / per_chunk, [&](std::int64_t number) {
    const std::int64_t first = number * per_chunk;
    const auto bytes = static_cast<std::size_t>(first * rows.columns) * size;
    Rows part = rows;
    part.rows = std::min(per_chunk, rows.rows - first);
    part.out = static_cast<std::byte*>(rows.out) + bytes;
    for (const void*& in : part.in)
      if (in) in = static_cast<const std::byte*>(in) + bytes;
    loop(op, part);
  });
}

// What a pass writes and reads: dense tensors of one type, forward x; backward x or y, and the gradient.
Rows rows_of(const Launch& work) {
  const TensorData& out = *work.out();
  const std::int64_t columns = out.shape.rank() ? out.shape[out.shape.rank() - 1] : 1;
  return {out.data,
          {work.in(0)->data, work.reads > 1 ? work.in(1)->data : nullptr},
          columns ? out.count / columns : 0,
          columns};
}

enum Direction { forward, backward };

template <Direction direction>
void run_on_cpu(const Launch& work) {
  const RowwiseLoops& loops = static_cast<const RowwiseKernels*>(work.row)->loops[loops_of_type(work.type)];
  const RowsFn loop = (direction == forward ? loops.forward : loops.backward)[cpu_level()];
  in_chunks(loop, work.settings, rows_of(work), size_of(work.type));
}
template <Direction direction>
void run_on_cuda(const Launch& work) {
  const auto& launches =
      cuda_kernels_of(*static_cast<const RowwiseKernels*>(work.row)).launches[loops_of_type(work.type)];
  (direction == forward ? launches.forward : launches.backward)(work.settings, work.device(), rows_of(work));
}
template <Direction direction>
constexpr Kernel kernel{run_on_cpu<direction>, run_on_cuda<direction>};

}  // namespace

Tensor apply(const RowwiseKernels& row, const void* op, const Tensor& input, int dim, Location at) {
  Call call(at);
  if (is_half(input.dtype())) return apply(row, op, input.to(DType::float32, at), dim, at).to(input.dtype(), at);
  if (!is_floating(input.dtype()))  // float32 does not tell long integers apart
    return apply(row, op, input.to(DType::float64, at), dim, at).to(DType::float32, at);
  const int axis = checked_dim(row.name, input, dim, at);
  if (input.dim() == 0) return reshape(apply(row, op, reshape(input, {1}), 0, at), {});
  const int last = input.dim() - 1;
  if (axis != last) return move_dim(apply(row, op, move_dim(input, axis, last, at), last, at), last, axis, at);

  const Tensor x = input.contiguous();
  Tensor y = new_like(row.name, x);
  launch_row(kernel<forward>, row, op, x.dtype(), {y}, {x});
  const Tensor& kept = row.keeps_output ? y : x;
  return record(row, at, y, {x}, {kept}, op, row.attribute_bytes);
}

void rowwise_backward(Backward& ctx) {
  const auto& row = static_cast<const RowwiseKernels&>(*ctx.record().op);
  const void* op = ctx.record().attributes();
  const Tensor kept = ctx.kept(0);
  if (ctx.create_graph()) return ctx.add(0, row.recorded(op, kept, ctx.gradient()));
  Tensor gradient = ctx.take_gradient().contiguous();
  // Written over the gradient: each element is read before it is written, in the last pass over its row. A captured
  // step needs it again.
  Tensor dx = !watcher && only_owner(gradient.tensor_data()) && !detail::is_users(*gradient.tensor_data()->storage)
                  ? gradient
                  : new_like(row.name, gradient);
  launch_row(kernel<backward>, row, op, dx.dtype(), {dx}, {kept, gradient});
  gradient = {};
  ctx.add(0, std::move(dx));
}

std::vector<Example> examples_of(const RowwiseKernels& row) {
  const std::vector<std::pair<Shape, int>> cases = {{{}, 0},        {{1}, 0},     {{0, 3}, 1},   {{5}, -1},
                                                    {{17, 3}, 1},   {{2, 49}, 1}, {{3, 70}, -1}, {{4, 5}, 0},
                                                    {{2, 3, 4}, 1}, {{2, 0}, 1}};
  std::vector<Example> examples;
  for (const auto& [shape, dim] : cases)
    examples.push_back({fmt::format("{} along {}", to_string(shape), dim),
                        {shape},
                        [&row, dim = dim](const std::vector<Tensor>& x) {
                          return apply(row, row.defaults, x[0], dim, Location::current());
                        },
                        row.samples,
                        true,
                        shape.rank() == 2 && dim == 1});
  return examples;
}

}  // namespace gradtape
