#include <gradtape/autograd/leaf.h>

#include <gradtape/autograd/arithmetic.h>
#include <gradtape/autograd/captured_step.h>
#include <gradtape/autograd/device_memory.h>

namespace gradtape::detail {

Leaf& leaf_of(TensorData* tensor) {
  if (!tensor->leaf) tensor->leaf = new Leaf;
  return *tensor->leaf;
}
ExternalBuffer pool_of_device;
void let_foreign_go(Storage& storage) {
  if (storage.external == &pool_of_device) return device::give(storage.device, storage.data, storage.bytes);
  if (storage.external->let_go) storage.external->let_go();
  delete storage.external;
}

void make_own(Tensor& gradient) {
  const bool is_own = capturing ? !capturing->effects.left(gradient) : only_owner(gradient.tensor_data());
  if (!gradient.is_contiguous() || !is_own || is_users(*gradient.tensor_data()->storage)) gradient = gradient.clone();
}

void add_to_leaf(TensorData* tensor, Tensor gradient) {
  Leaf& leaf = leaf_of(tensor);
  std::lock_guard lock(leaf.mutex);
  if (capturing) [[unlikely]]
    capturing->effects.will_add(tensor);
  make_own(gradient);
  if (leaf.gradient.defined() && !leaf.consumed) gradient = sum_of_gradients(std::move(gradient), leaf.gradient);
  leaf.gradient = std::move(gradient);
  leaf.consumed = false;
}

}  // namespace gradtape::detail
