// What a device does at most, measured: the roof over a profile. Internal.
#pragma once

#include <gradtape/autograd/tensor.h>

namespace gradtape::detail {

struct Peaks {
  double bytes, flops;  // a second: of a sum of two long tensors, of a product of two large matrices, in float32
};
// Measured once a device, at the first call. Throws TapeError inside a capture.
const Peaks& peaks_of(Device device);

}  // namespace gradtape::detail
