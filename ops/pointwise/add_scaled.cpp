#include <gradtape/ops/pointwise/add_scaled.h>

#include <gradtape/ops/pointwise/add.h>
#include <gradtape/ops/pointwise/multiply.h>
#include <gradtape/ops/pointwise/subtract.h>

namespace gradtape {
namespace {

bool in_one_pass(const Tensor& a, const Tensor& b) { return is_floating(a.dtype()) || is_floating(b.dtype()); }

}  // namespace

Tensor add(const Operand& a, const Operand& b, Number alpha) {
  if (in_one_pass(a.tensor, b.tensor)) return pointwise(AddScaled{alpha.as_double()}, a.at, a.tensor, b.tensor);
  Call call(a.at);
  return a + b * alpha;
}
Tensor subtract(const Operand& a, const Operand& b, Number alpha) {
  if (in_one_pass(a.tensor, b.tensor)) return pointwise(AddScaled{-alpha.as_double()}, a.at, a.tensor, b.tensor);
  Call call(a.at);
  return a - b * alpha;
}

}  // namespace gradtape
