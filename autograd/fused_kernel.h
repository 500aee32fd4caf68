// Neighbouring launches on a device as one kernel, written and compiled when they are known. Defined in cuda/, for
// builds with CUDA and without. Internal.
#pragma once

#include <memory>
#include <span>
#include <string>

#include <gradtape/autograd/launch.h>

namespace gradtape::device {

class FusedKernel {
 public:
  virtual ~FusedKernel() = default;
  // All that the launches do, but that what passes by is not written. The tensors must still be there.
  virtual void launch() const = 0;
  // Of arrays that are read and written.
  virtual double bytes() const = 0;
};

// How many of the launches, from the first on, can be one kernel: pointwise work, copies and fills over as many
// elements each. `passing`: the addresses of tensors that nobody else reads.
std::size_t fusible(std::span<const Launch* const> launches, std::span<const void* const> passing);

// All of them, in their order. Null, and why, where they cannot be one kernel, or none can be compiled here.
std::unique_ptr<FusedKernel> fuse(std::span<const Launch* const> launches, std::span<const void* const> passing,
                                  std::string& why_not);

}  // namespace gradtape::device
