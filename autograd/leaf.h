// What only some tensors have: a gradient left by backward, a name, memory of the user's. Internal.
#pragma once

#include <functional>
#include <mutex>
#include <string>

#include <gradtape/autograd/tensor.h>

namespace gradtape::detail {

struct Leaf {
  std::mutex mutex;  // threads with tapes of their own may add into one parameter
  Tensor gradient;
  bool consumed = false;  // a step has used the gradient: the next backward overwrites it
  bool frozen = false;    // it was said to want no gradient
  std::string name;
};

struct ExternalBuffer {
  std::function<void()> let_go;
  bool only_read = false;  // const memory
};
// What storage in a device's pool has for `foreign`: loops of the CPU then find nothing there that they could read in
// place.
extern ExternalBuffer pool_of_device;

// Is this memory that a user wrapped?
inline bool is_users(const Storage& storage) { return storage.external && storage.external != &pool_of_device; }

// The leaf part of a tensor, made when it is first needed.
Leaf& leaf_of(TensorData* tensor);
inline bool is_frozen(const TensorData* tensor) { return tensor->leaf && tensor->leaf->frozen; }
void let_foreign_go(Storage& storage);

// What others hold too (an expanded view, a gradient that went to two leaves, a user's memory) is copied: a leaf's own
// gradient is dense.
void make_own(Tensor& gradient);
// Adds a gradient into a leaf's own.
void add_to_leaf(TensorData* leaf, Tensor gradient);

}  // namespace gradtape::detail
