// The engine's needs of arithmetic, met by the ops.
#include <gradtape/autograd/backward.h>
#include <gradtape/autograd/error.h>
#include <gradtape/autograd/launch.h>
#include <gradtape/autograd/peaks.h>
#include <gradtape/ops/broadcast.h>
#include <gradtape/ops/cpu/level.h>
#include <gradtape/ops/cpu/pointwise_inputs.h>
#include <gradtape/ops/linear/matmul.h>
#include <gradtape/ops/pointwise/add.h>
#include <gradtape/ops/pointwise/chain.h>
#include <gradtape/ops/pointwise/multiply.h>
#include <gradtape/ops/view/cat.h>
#include <gradtape/ops/view/permute.h>
#include <gradtape/ops/view/reshape.h>
#include <gradtape/ops/view/slice.h>

namespace gradtape {

Tensor sum_of_gradients(Tensor into, const Tensor& other) {
  TensorData* a = into.tensor_data();
  const TensorData* b = other.tensor_data();
  const bool in_place =
      !detail::recording && !watcher && has_loops(a->dtype) && a->in_packs && b->in_packs && only_owner(a);
  if (!in_place) return into + other;
  const Add op;
  run_over_the_first(kernels_of<Add, Pointwise>().loops[loops_of_type(a->dtype)].forward[cpu_level()], &op, *a, *b);
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

Tensor detail::matrix_product(const Tensor& a, const Tensor& b) { return matmul(a, b); }

Tensor transposed(const Tensor& rows) { return permute(rows, {1, 0}); }

Tensor times_slopes(const Tensor& whole, const Tensor& slopes) { return chain_both(whole, slopes); }

Tensor& Tensor::add_(const Tensor& from, Number scale, Location at) {
  Call call(at);
  require_writable("add_", *this, at);
  const bool is_sum = scale.as_double() == 1;
  require_plain("add_", from, is_sum ? "x = x + from" : "x = x + from * scale", at);
  if (!(broadcast_shape("add_", *this, from, at) == shape()))
    fail<ShapeError>(at, "add_", "what is added does not broadcast to the tensor's shape",
                     {{"to", *this}, {"from", from}});
  return copy_(detach() + (is_sum ? from.detach() : from.detach() * scale), at);
}

}  // namespace gradtape
