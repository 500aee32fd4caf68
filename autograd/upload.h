// Tensors brought to a device while it works on.
#pragma once

#include <memory>

#include <gradtape/autograd/tensor.h>

namespace gradtape {

// A tensor on its way from the CPU to a device, beside the work that is given to the device meanwhile.
class Upload {
 public:
  // Begins. The tensor may be changed at once. Where it is not on the CPU, or stays there, this is
  // x.detach().to(device).
  Upload(const Tensor& x, Device device, Location at = Location::current());
  Upload(Upload&&) = default;

  // Work that is given to the device from now on finds it there.
  const Tensor& tensor() {
    ticket_.reset();
    return tensor_;
  }

 private:
  Tensor tensor_;
  std::shared_ptr<void> ticket_;  // goes first, so that the memory is used again only after it
};

namespace device {

// Dense elements of one type from the CPU to a device, beside its other work. What is given to the device after the
// ticket was let go finds them there; the memory is to live as long. Defined in cuda/, for builds with CUDA and
// without.
std::shared_ptr<void> upload_beside(const TensorData& from, const TensorData& to);

}  // namespace device
}  // namespace gradtape
