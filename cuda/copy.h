// What a copying kernel is given.
#pragma once

#include <gradtape/autograd/device.h>
#include <gradtape/autograd/dtype.h>
#include <gradtape/cuda/walk.h>

namespace gradtape::cuda {

struct CopyPass {
  Device device;
  void* to;
  const void* from;
  DType to_type, from_type;
  Walk<2> walk;  // of `to` and `from`
  std::int64_t count;
};
void launch_copy(const CopyPass& pass);

struct FillPass {
  Device device;
  void* to;
  DType type;
  Walk<1> walk;
  std::int64_t count;
  const void* number;  // of the type, on the CPU
};
void launch_fill(const FillPass& pass);

}  // namespace gradtape::cuda
