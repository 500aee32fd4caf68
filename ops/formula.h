// Every word of a formula, for tensors: what loop files include so that a slope can be read on tensors.
#pragma once

#include <limits>

#include <gradtape/ops/pointwise/abs.h>
#include <gradtape/ops/pointwise/add.h>
#include <gradtape/ops/pointwise/atan.h>
#include <gradtape/ops/pointwise/atan2.h>
#include <gradtape/ops/pointwise/bitwise_and.h>
#include <gradtape/ops/pointwise/bitwise_or.h>
#include <gradtape/ops/pointwise/chain.h>
#include <gradtape/ops/pointwise/copysign.h>
#include <gradtape/ops/pointwise/cos.h>
#include <gradtape/ops/pointwise/divide.h>
#include <gradtape/ops/pointwise/equal.h>
#include <gradtape/ops/pointwise/erf.h>
#include <gradtape/ops/pointwise/exp.h>
#include <gradtape/ops/pointwise/exp2.h>
#include <gradtape/ops/pointwise/expm1.h>
#include <gradtape/ops/pointwise/floor.h>
#include <gradtape/ops/pointwise/fma.h>
#include <gradtape/ops/pointwise/fmod.h>
#include <gradtape/ops/pointwise/gaussian.h>
#include <gradtape/ops/pointwise/gelu.h>
#include <gradtape/ops/pointwise/greater.h>
#include <gradtape/ops/pointwise/greater_equal.h>
#include <gradtape/ops/pointwise/less.h>
#include <gradtape/ops/pointwise/less_equal.h>
#include <gradtape/ops/pointwise/log.h>
#include <gradtape/ops/pointwise/log10.h>
#include <gradtape/ops/pointwise/log1p.h>
#include <gradtape/ops/pointwise/log2.h>
#include <gradtape/ops/pointwise/logical_not.h>
#include <gradtape/ops/pointwise/maximum.h>
#include <gradtape/ops/pointwise/minimum.h>
#include <gradtape/ops/pointwise/multiply.h>
#include <gradtape/ops/pointwise/negate.h>
#include <gradtape/ops/pointwise/normal_cdf.h>
#include <gradtape/ops/pointwise/not_equal.h>
#include <gradtape/ops/pointwise/pow.h>
#include <gradtape/ops/pointwise/round.h>
#include <gradtape/ops/pointwise/sigmoid.h>
#include <gradtape/ops/pointwise/sign.h>
#include <gradtape/ops/pointwise/sin.h>
#include <gradtape/ops/pointwise/sqrt.h>
#include <gradtape/ops/pointwise/subtract.h>
#include <gradtape/ops/pointwise/tanh.h>
#include <gradtape/ops/pointwise/where.h>

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
