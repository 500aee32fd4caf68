#include <gradtape/ops/reduce/prod.h>

#include <gradtape/ops/formula.h>
#include <gradtape/ops/view/reshape.h>

namespace gradtape {

Tensor Prod::recorded_backward(const Tensor& x, const Tensor&, const Tensor& gradient) {
  const Tensor own = eye(x.size(-1), {.dtype = boolean, .device = x.device()});  // [columns, columns]
  const Tensor others = where(own, 1, unsqueeze(x, -2));                         // [rows…, columns, columns]
  return gradient * prod(others, {-1});
}

}  // namespace gradtape
