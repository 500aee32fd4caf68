// A tensor's body made in place: new_body() without the call, for the ops that long chains are made of.
#pragma once

#include <gradtape/autograd/thread_state.h>

namespace gradtape {

// A body in this block, and its elements in itself.
inline Body* body_in(void* block, const Shape& shape, std::int64_t count, DType dtype) {
  auto* body = static_cast<Body*>(block);
  body->references = 1;
  body->weak = 0;
  body->requires_grad = false;
  body->contiguous = true;
  body->in_packs = true;
  body->dtype = dtype;
  body->count = count;
  body->tape = 0;
  body->leaf = nullptr;
  body->shape.take(shape);
  Storage& own = body->own;
  own.references = 1;
  own.version = 0;
  own.device = Device::cpu();
  own.data = body->small;
  own.bytes = static_cast<std::size_t>(count) * size_of(dtype);
  own.foreign = nullptr;
  body->storage = &own;
  body->data = body->small;
  return body;
}

// As new_body(), and as fast as can be where a few elements fit into a spare one.
[[gnu::always_inline]] inline Body* new_small_body(const Shape& shape, std::int64_t count, DType dtype,
                                                   const char* op) {
  Spares& own = thread_state->spares;
  const bool fits = static_cast<std::size_t>(count) * size_of(dtype) <= sizeof(Body::small);
  if (!own.lists[Spares::bodies] || !fits) [[unlikely]] return new_body(shape, count, dtype, op);
  return body_in(pop(own, Spares::bodies, sizeof(Body)), shape, count, dtype);
}

}  // namespace gradtape
