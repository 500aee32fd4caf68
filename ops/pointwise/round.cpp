#include <gradtape/ops/pointwise/round.h>

#include <cmath>
#include <cstdlib>

#include <gradtape/ops/pointwise/divide.h>
#include <gradtape/ops/pointwise/multiply.h>

namespace gradtape {

Tensor round(const Tensor& x, int decimals, Location at) {
  const DType type = x.dtype();
  if (decimals == 0 || (!is_floating(type) && decimals > 0)) return round(x, at);
  Call call(at);
  const double power = std::pow(10.0, std::abs(decimals));
  const Tensor wide = is_half(type) ? x.to(DType::float32) : is_floating(type) ? x : x.to(DType::float64);
  const Tensor rounded = decimals > 0 ? round(wide * power) / power : round(wide / power) * power;
  return rounded.to(type);
}

}  // namespace gradtape
