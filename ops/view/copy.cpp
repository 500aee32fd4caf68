#include <gradtape/ops/view/copy.h>

#include <gradtape/autograd/launch.h>

namespace gradtape {
namespace {

Tensor copy_as(const char* op, const Tensor& x, DType dtype, Device device, Location at) {
  Call call(at);
  Tensor copy = new_tensor(op, x.shape(), {.dtype = dtype, .device = device});
  copy_elements(x, copy);
  if (!is_floating(dtype)) return copy;
  return record(Copy{x.dtype(), x.device()}, at, std::move(copy), {x}, {});
}

}  // namespace

Tensor Tensor::clone(Location at) const { return copy_as("clone", *this, dtype(), device(), at); }
Tensor Tensor::contiguous(Location at) const {
  return is_contiguous() ? *this : copy_as("contiguous", *this, dtype(), device(), at);
}
Tensor Tensor::to(DType type, Location at) const {
  return type == dtype() ? *this : copy_as("to", *this, type, device(), at);
}
Tensor Tensor::to(Device device, Location at) const {
  return device == this->device() ? *this : copy_as("to", *this, dtype(), device, at);
}

void Copy::backward(Backward& walk) {
  const Copy op = walk.attributes<Copy>();
  walk.add(0, walk.take_gradient().to(op.from).to(op.device));
}

std::vector<Example> Copy::examples() {
  return {{"dense", {{3, 4}}, [](const auto& x) { return x[0].contiguous(); }},
          {"a clone", {{3, 4}}, [](const auto& x) { return x[0].clone(); }},
          {"to its own type", {{3}}, [](const auto& x) { return x[0].to(x[0].dtype()); }}};
}

}  // namespace gradtape
