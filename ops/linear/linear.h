// x · weightᵀ + bias, with examples in the rows of x.
#pragma once

#include <gradtape/ops/free.h>

namespace gradtape {

struct LinearOp {
  static constexpr auto name = "linear";
  static constexpr bool takes_directions = true;

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

// x [batch…, in], weight [out, in], bias [out] or undefined: [batch…, out]. Types that differ are promoted as in
// matmul. Throws ShapeError.
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {}, Location at = Location::current());

}  // namespace gradtape
