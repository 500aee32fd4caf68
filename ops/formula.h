// Every word of a formula, for tensors: what loop files include so that a slope can be read on tensors.
#pragma once

#include <limits>

#include <gradtape/ops.h>

namespace gradtape {

// A sum of changes; a part that is the formula's constant 0 leaves no record.
inline Tensor plus(const Tensor& a, const Tensor& b) { return is_constant(a, 0) ? b : is_constant(b, 0) ? a : a + b; }

// x, and the largest number in place of an infinity.
inline Tensor finite(const Tensor& x) {
  const double largest =
      x.dtype() == DType::float64 ? std::numeric_limits<double>::max() : std::numeric_limits<float>::max();
  return where(abs(x) > largest, sign(x) * largest, x);
}

}  // namespace gradtape
