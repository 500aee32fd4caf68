#include <gradtape/autograd/arithmetic.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/launch.h>
#include <gradtape/ops/broadcast.h>
#include <gradtape/ops/cpu/level.h>
#include <gradtape/ops/cpu/pointwise_inputs.h>
#include <gradtape/ops/linear/matmul.h>
#include <gradtape/ops/pointwise/add.h>
#include <gradtape/ops/pointwise/chain.h>
#include <gradtape/ops/pointwise/multiply.h>
#include <gradtape/ops/view/cat.h>
#include <gradtape/ops/view/copy.h>
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
Tensor times_slopes(const Tensor& gradients, const Tensor& slopes) { return chain_both(gradients, slopes); }

Tensor joined_gradients(const std::vector<Tensor>& parts, const Shape& shape) {
  if (parts.size() == 1) return reshape(parts[0], shape);
  std::vector<Tensor> flat;
  for (const Tensor& part : parts) flat.push_back(reshape(part, {part.numel()}));
  return reshape(cat(flat), shape);
}
Tensor part_of_directions(const Tensor& all, std::int64_t first, std::int64_t count) {
  return count == all.size(0) ? all : narrow(all, 0, first, count);
}
Tensor transposed(const Tensor& rows) { return permute(rows, {1, 0}); }

Tensor matrix_product(const Tensor& a, const Tensor& b) { return matmul(a, b); }

Tensor scaled_sum(const char* op, const Tensor& into, const Tensor& from, Number scale, Location at) {
  if (!(broadcast_shape(op, into, from, at) == into.shape()))
    fail<ShapeError>(at, op, "what is added does not broadcast to the tensor's shape", {{"to", into}, {"from", from}});
  return into.detach() + (scale.as_double() == 1 ? from.detach() : from.detach() * scale);
}

Tensor copy_as(const char* op, const Tensor& x, DType dtype, Device device, Location at) {
  Call call(at);
  Tensor copy = new_tensor(op, x.shape(), {.dtype = dtype, .device = device});
  copy_elements(x, copy);
  if (!is_floating(dtype)) return copy;
  return record(Copy{x.dtype(), x.device()}, at, std::move(copy), {x}, {});
}

}  // namespace gradtape
