// The engine's needs of arithmetic, met by the ops.
#include <algorithm>

#include <gradtape/autograd/backward.h>
#include <gradtape/autograd/error.h>
#include <gradtape/autograd/launch.h>
#include <gradtape/autograd/peaks.h>
#include <gradtape/autograd/team.h>
#include <gradtape/ops/cpu/level.h>
#include <gradtape/ops/linear/matmul.h>
#include <gradtape/ops/pointwise/add.h>
#include <gradtape/ops/pointwise/chain.h>
#include <gradtape/ops/pointwise/multiply.h>
#include <gradtape/ops/view/cat.h>
#include <gradtape/ops/view/permute.h>
#include <gradtape/ops/view/reshape.h>
#include <gradtape/ops/view/slice.h>

namespace gradtape {

namespace {

constexpr std::int64_t chunk = 16384;  // what one thread takes at a time

void add_in_chunks(LoopFn run, const Loop& whole, std::size_t size) {
  parallel_for((whole.count + chunk - 1) / chunk, [&](std::int64_t i) {
    const auto first = static_cast<std::size_t>(i * chunk) * size;
    Loop loop = whole;
    loop.out[0] = static_cast<std::byte*>(whole.out[0]) + first;
    for (int k : {0, 1}) loop.in[k] = static_cast<const std::byte*>(whole.in[k]) + first;
    loop.count = std::min(chunk, whole.count - i * chunk);
    const Add op;
    run(&op, loop);
  });
}

}  // namespace

Tensor sum_of_gradients(Tensor into, const Tensor& other) {
  Body* a = into.body();
  const Body* b = other.body();
  const bool in_place = !recording && !watcher && !is_half(a->dtype) && a->in_packs && b->in_packs && only_owner(a);
  if (!in_place) return into + other;
  const Add op;
  const LoopFn run = RowOf<Add>::row.loops[a->dtype == DType::float64].forward[cpu_level()];
  Loop loop;
  loop.out[0] = a->data;
  loop.in[0] = a->data, loop.in[1] = b->data;
  loop.step[0] = loop.step[1] = 1;
  loop.count = a->count;
  if (a->count <= chunk) [[likely]]
    run(&op, loop);
  else add_in_chunks(run, loop, size_of(a->dtype));
  return into;
}

Tensor joined_gradients(const std::vector<Tensor>& parts, const Shape& shape) {
  if (parts.size() == 1) return reshape(parts[0], shape);
  std::vector<Tensor> flat;
  for (const Tensor& part : parts) flat.push_back(reshape(part, {part.numel()}));
  return reshape(cat(flat), shape);
}
Tensor part_of_directions(const Tensor& all, std::int64_t first, std::int64_t count) {
  return count == all.size(0) ? all : narrow(all, 0, first, count);
}

Tensor matrix_product(const Tensor& a, const Tensor& b) { return matmul(a, b); }

Tensor transposed(const Tensor& rows) { return permute(rows, {1, 0}); }

Tensor times_slopes(const Tensor& whole, const Tensor& slopes) { return chain_both(whole, slopes); }

Tensor& Tensor::add_(const Tensor& from, Number scale, Location where) {
  Call call(where);
  require_writable("add_", *this, where);
  const bool is_sum = scale.as_double() == 1;
  require_plain("add_", from, is_sum ? "x = x + from" : "x = x + from * scale", where);
  if (!(broadcast_shapes("add_", *this, from, where) == shape()))
    fail<ShapeError>(where, "add_", "what is added does not broadcast to the tensor's shape",
                     {{"to", *this}, {"from", from}});
  return copy_(detach() + (is_sum ? from.detach() : from.detach() * scale), where);
}

}  // namespace gradtape
