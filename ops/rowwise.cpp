#include <gradtape/ops/rowwise.h>

#include <algorithm>
#include <cstring>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/leaf.h>
#include <gradtape/autograd/perform.h>
#include <gradtape/autograd/profiler_range.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/cpu/level.h>
#include <gradtape/ops/cpu/team.h>
#include <gradtape/ops/formula.h>

namespace gradtape {
namespace {

constexpr std::int64_t chunk = 16384;  // elements that one thread takes at a time, in whole rows

void run_on_cpu(RowsFn loop, const void* op, const Rows& rows, std::size_t size) {
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

Rows rows_of(const Tensor& out, const Tensor& a, const Tensor& b) {
  const std::int64_t columns = out.dim() ? out.shape()[out.dim() - 1] : 1;
  return {out.body()->data, {a.body()->data, b.defined() ? b.body()->data : nullptr},
          columns ? out.numel() / columns : 0, columns};
}

enum Direction { forward, backward };

// out from a and b, which are dense, and of one type and device.
void run(const RowwiseRow& row, Direction direction, const void* op, const Tensor& out, const Tensor& a, const Tensor& b) {
  const Rows rows = rows_of(out, a, b);
  const int type = out.dtype() == DType::float64;
  if (out.device() == Device::cpu()) {
    const RowwiseLoops& loops = row.loops[type];
    const RowsFn loop = (direction == forward ? loops.forward : loops.backward)[cpu_level()];
    auto pass = [=](const void* op, const Tensor& out, const auto&...) { run_on_cpu(loop, op, rows, size_of(out.dtype())); };
    return perform(pass, Settings{op, row.attribute_bytes}, out, a, b);
  }
  if (!row.cuda) refuse_without_kernels(row.name);
  const ProfilerRange range(row.name);
  const auto& launches = row.cuda->launches[type];
  (direction == forward ? launches.forward : launches.backward)(op, out.device(), rows);
}

}  // namespace

Tensor apply(const RowwiseRow& row, const void* op, const Tensor& input, int dim, Location where) {
  Call call(where);
  if (is_half(input.dtype())) return apply(row, op, input.to(DType::float32, where), dim, where).to(input.dtype(), where);
  if (!is_floating(input.dtype()))  // float32 does not tell long integers apart
    return apply(row, op, input.to(DType::float64, where), dim, where).to(DType::float32, where);
  const int axis = checked_dim(row.name, input, dim, where);
  if (input.dim() == 0) return reshape(apply(row, op, reshape(input, {1}), 0, where), {});
  const int last = input.dim() - 1;
  if (axis != last) return move_dim(apply(row, op, move_dim(input, axis, last, where), last, where), last, axis, where);

  const Tensor x = input.contiguous();
  Tensor y = empty(x.shape(), {.dtype = x.dtype(), .device = x.device()});
  run(row, forward, op, y, x, {});
  const Tensor& kept = row.keeps_output ? y : x;
  return record(row, where, y, {x}, {kept}, op, row.attribute_bytes);
}

void rowwise_backward(Backward& walk) {
  const auto& row = static_cast<const RowwiseRow&>(*walk.record().op);
  const void* op = walk.record().attributes();
  const Tensor kept = walk.kept(0);
  if (walk.create_graph()) return walk.add(0, row.recorded(op, kept, walk.gradient()));
  Tensor gradient = walk.take_gradient().contiguous();
  // Written over the gradient: each element is read before it is written, in the last pass over its row. A captured step needs it again.
  Tensor dx = !kept_work && only_owner(gradient.body()) && !is_users(*gradient.body()->storage) ? gradient
                                                                                                : empty_like(gradient);
  run(row, backward, op, dx, kept, gradient);
  gradient = {};
  walk.add(0, std::move(dx));
}

}  // namespace gradtape
