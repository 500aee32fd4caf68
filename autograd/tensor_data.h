// What a Tensor handle points to: storage, shape, and the place on a tape. Plain data, reused from free lists.
#pragma once

#include <cstddef>
#include <cstdint>

#include <gradtape/autograd/device.h>
#include <gradtape/autograd/dtype.h>
#include <gradtape/autograd/location.h>
#include <gradtape/autograd/memory.h>
#include <gradtape/autograd/shape.h>

namespace gradtape {

namespace detail {
struct Leaf;  // a parameter's gradient and name
struct ExternalBuffer;  // what to call when the user's own memory is let go
}  // namespace detail

// Counted memory, shared by a tensor and its views.
struct Storage {
  std::uint32_t references;
  std::uint32_t version;  // counts in-place writes
  Device device;
  void* data;
  std::size_t bytes;
  detail::ExternalBuffer* external;  // null for memory of our own on the CPU
  Location written;  // the last in-place write
};

// Note: storage inside the body. A tensor's own storage lies in its body, and the block of both returns to the free
// list when neither handles nor views are left, so a tensor costs one block, and a view never keeps a gradient alive.
struct TensorData {
  std::uint32_t references;
  // 1, 2: a C++ number (a float64, an int64) that promotes no partner; 3: a mask chose from such
  std::uint8_t weak_type;
  bool requires_grad;  // a leaf
  bool contiguous;  // dense and row-major; then `strides` is unwritten
  bool in_packs;  // whole packs may be read: dense, no C++ number, in our own memory on the CPU, 64 bytes aligned
  std::int64_t count;
  std::byte* data;  // the first element
  Storage* storage;
  std::uint64_t tape;  // the generation of the tape that `record` is on, or 0
  std::uint32_t record;
  DType dtype;
  detail::Leaf* leaf;
  Shape shape;
  Strides strides;
  Storage own;
  alignas(64) std::byte small[64];  // the elements, when they fit
};

// The body in which it lies: of the tensor that was made with it. It stays as long as the storage does.
inline TensorData* owner_of(Storage* storage) {
  return reinterpret_cast<TensorData*>(reinterpret_cast<char*>(storage) - offsetof(TensorData, own));
}

inline Strides strides_of(const TensorData& tensor) {
  return tensor.contiguous ? dense_strides(tensor.shape) : tensor.strides;
}

// Says again what `in_packs` says, after a change of where or how the elements lie.
inline void look_for_packs(TensorData& tensor) {
  tensor.in_packs = tensor.contiguous && reinterpret_cast<std::uintptr_t>(tensor.data) % 64 == 0 &&
                    !tensor.storage->external && !tensor.weak_type;
}

inline void retain(TensorData* tensor) { __atomic_fetch_add(&tensor->references, 1, __ATOMIC_RELAXED); }
inline void release(TensorData* tensor) {  // the only owner needs no locked instruction
  if (__atomic_load_n(&tensor->references, __ATOMIC_ACQUIRE) == 1 ||
      __atomic_fetch_sub(&tensor->references, 1, __ATOMIC_ACQ_REL) == 1)
    free_tensor_data(tensor);
}
inline bool only_owner(const TensorData* tensor) {
  return __atomic_load_n(&tensor->references, __ATOMIC_ACQUIRE) == 1 &&
         __atomic_load_n(&tensor->storage->references, __ATOMIC_ACQUIRE) == 1;
}

}  // namespace gradtape
