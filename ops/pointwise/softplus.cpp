#include <gradtape/ops/pointwise/softplus.h>

#include <cmath>

#include <gradtape/ops/pointwise/divide.h>
#include <gradtape/ops/pointwise/greater.h>
#include <gradtape/ops/pointwise/multiply.h>
#include <gradtape/ops/pointwise/where.h>

namespace gradtape {

Tensor softplus(const Tensor& x, double beta, double threshold, Location at) {
  Call call(at);
  const Tensor scaled = x * beta, y = softplus(scaled) / beta;
  return std::isinf(threshold) ? y : gradtape::where(scaled > threshold, x, y);
}

}  // namespace gradtape
