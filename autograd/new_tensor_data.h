// A tensor's body made in place: new_tensor_data() without the call, for the ops that long chains are made of.
#pragma once

#include <gradtape/autograd/thread_state.h>

namespace gradtape {

// A body in this block, and its elements in itself.
inline TensorData* body_in(void* block, const Shape& shape, std::int64_t count, DType dtype) {
  auto* tensor = static_cast<TensorData*>(block);
  tensor->references = 1;
  tensor->weak_type = 0;
  tensor->requires_grad = false;
  tensor->contiguous = true;
  tensor->in_packs = true;
  tensor->dtype = dtype;
  tensor->count = count;
  tensor->tape = 0;
  tensor->leaf = nullptr;
  tensor->shape.take(shape);
  Storage& own = tensor->own;
  own.references = 1;
  own.version = 0;
  own.device = Device::cpu();
  own.data = tensor->small;
  own.bytes = static_cast<std::size_t>(count) * size_of(dtype);
  own.external = nullptr;
  tensor->storage = &own;
  tensor->data = tensor->small;
  return tensor;
}

// As new_tensor_data(), and as fast as can be where a few elements fit into a spare one.
[[gnu::always_inline]] inline TensorData* new_small_tensor(const Shape& shape, std::int64_t count, DType dtype,
                                                           const char* op) {
  detail::Spares& own = detail::thread_state->spares;
  const bool fits = static_cast<std::size_t>(count) * size_of(dtype) <= sizeof(TensorData::small);
  if (!own.lists[detail::Spares::tensors] || !fits) [[unlikely]]
    return new_tensor_data(shape, count, dtype, op);
  return body_in(pop(own, detail::Spares::tensors, sizeof(TensorData)), shape, count, dtype);
}

}  // namespace gradtape
