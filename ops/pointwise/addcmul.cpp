#include <gradtape/ops/pointwise/addcmul.h>

#include <gradtape/ops/pointwise/add.h>
#include <gradtape/ops/pointwise/multiply.h>

namespace gradtape {

Tensor addcmul(const Tensor& x, const Tensor& a, const Tensor& b, Number value, Location at) {
  if (is_floating(x.dtype()) || is_floating(a.dtype()) || is_floating(b.dtype()))
    return pointwise(AddCMul{value.as_double()}, at, x, a, b);
  Call call(at);
  return x + a * b * value;
}

}  // namespace gradtape
