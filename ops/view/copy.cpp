#include <gradtape/ops/view/copy.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/layout.h>

namespace gradtape {
namespace {

Tensor copy_as(const Tensor& x, DType dtype, Location where) {
  Call call(where);
  Tensor copy = empty(x.shape(), {.dtype = dtype, .device = x.device()});
  copy_elements(*x.body(), *copy.body());
  if (!is_floating(dtype)) return copy;
  return record(Copy{x.dtype()}, where, std::move(copy), {x}, {});
}

}  // namespace

Tensor Tensor::contiguous(Location where) const { return is_contiguous() ? *this : copy_as(*this, dtype(), where); }
Tensor Tensor::to(DType type, Location where) const { return type == dtype() ? *this : copy_as(*this, type, where); }
Tensor Tensor::to(Device device, Location where) const {
  if (device == this->device()) return *this;
  fail<DeviceError>(where, "to", "this build of gradtape has no CUDA", {{"tensor", *this}},
                    "Build it where the CUDA toolkit is found, or stay on gt::Device::cpu().");
}

void Copy::backward(Backward& walk) {
  const DType from = walk.attributes<Copy>().from;
  walk.add(0, walk.take_gradient().to(from));
}

std::vector<Example> Copy::examples() {
  return {{"dense", {{3, 4}}, [](const auto& x) { return x[0].contiguous(); }},
          {"to its own type", {{3}}, [](const auto& x) { return x[0].to(x[0].dtype()); }}};
}

}  // namespace gradtape
