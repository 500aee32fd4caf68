// x · weightᵀ + bias, with examples in the rows of x.
#pragma once

#include <gradtape/ops/free.h>

namespace gradtape {

struct Affine {
  static constexpr auto name = "linear";

  static void backward(Backward& walk);
  static std::vector<Example> examples();
};

// x [batch…, in], weight [out, in], bias [out] or undefined: [batch…, out]. Throws ShapeError, DTypeError when types differ.
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {}, Location where = Location::current());

}  // namespace gradtape
