// Running sums along the last dimension, with a CUDA kernel of the guest's own.
#pragma once

#include <gradtape/ops/free.h>

namespace mine {

struct Cumsum {
  static constexpr auto name = "cumsum";

  static void backward(gradtape::Backward& ctx);
  static std::vector<gradtape::Example> examples();
};

// y[…, i] = x[…, 0] + … + x[…, i]. Throws ShapeError for a number, DTypeError unless floating.
gradtape::Tensor cumsum(const gradtape::Tensor& x, gradtape::Location at = gradtape::Location::current());

// The kernel's code for CUDA, in cumsum.cu.
void cumsum_on_cuda(const gradtape::Launch& work);

}  // namespace mine
