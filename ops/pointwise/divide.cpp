#include <gradtape/ops/pointwise/divide.h>

#include <gradtape/ops/pointwise/floor_divide.h>
#include <gradtape/ops/pointwise/trunc_divide.h>

namespace gradtape {

Tensor divide(const Operand& a, const Operand& b, Rounding rounding) {
  require_divisors("divide", a.tensor, b.tensor, a.at);
  return rounding == Rounding::floor ? pointwise(FloorDivide{}, a.at, a.tensor, b.tensor)
                                     : pointwise(TruncDivide{}, a.at, a.tensor, b.tensor);
}

}  // namespace gradtape
