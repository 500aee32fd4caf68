// The sine and the cosine of each number, in one pass.
#pragma once

#include <gradtape/ops/free.h>

namespace mine {

struct SinCos {
  static constexpr auto name = "sin_cos";
  static constexpr bool takes_directions = true;

  static void backward(gradtape::Backward& ctx);
  static std::vector<gradtape::Example> examples();
};

struct SinAndCos {
  gradtape::Tensor sin, cos;
};
// Throws DTypeError unless floating.
SinAndCos sin_cos(const gradtape::Tensor& x, gradtape::Location at = gradtape::Location::current());

// The kernel's code for CUDA, in sin_cos.cu.
void sin_cos_on_cuda(const gradtape::Launch& work);

}  // namespace mine
