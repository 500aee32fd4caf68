// The engine's needs of arithmetic, met by the pointwise ops.
#include <gradtape/autograd/backward.h>
#include <gradtape/autograd/error.h>
#include <gradtape/autograd/perform.h>
#include <gradtape/ops/cpu/level.h>
#include <gradtape/ops/pointwise/add.h>
#include <gradtape/ops/pointwise/multiply.h>

namespace gradtape {

Tensor sum_of_gradients(Tensor into, const Tensor& other) {
  Body* a = into.body();
  const Body* b = other.body();
  constexpr std::int64_t most = 16384;  // larger sums are worth threads
  const bool in_place = !recording && !effects && a->dtype == b->dtype && !is_half(a->dtype) && a->count == b->count && a->count <= most &&
                        a->contiguous && b->contiguous && only_owner(a) && !a->storage->foreign && !b->storage->foreign &&
                        (reinterpret_cast<std::uintptr_t>(a->data) | reinterpret_cast<std::uintptr_t>(b->data)) % 64 == 0;
  if (!in_place) return into + other;
  Loop loop;
  loop.out[0] = a->data;
  loop.in[0] = a->data, loop.in[1] = b->data;
  loop.step[0] = loop.step[1] = 1;
  loop.count = a->count;
  const Add op;
  const RoundingToNearest rounding;
  RowOf<Add>::row.loops[a->dtype == DType::float64].forward[cpu_level()](&op, loop);
  return into;
}

// Note: the write is checked by copy_, before anything changes.
Tensor& Tensor::add_(const Tensor& from, double scale, Location where) {
  Call call(where);
  if (!(broadcast_shapes("add_", *this, from, where) == shape()))
    fail<ShapeError>(where, "add_", "what is added does not broadcast to the tensor's shape", {{"to", *this}, {"from", from}});
  return copy_(detach() + (scale == 1 ? from.detach() : from.detach() * scale), where);
}

}  // namespace gradtape
