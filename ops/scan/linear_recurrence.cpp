#include <gradtape/ops/scan/linear_recurrence.h>

#include <gradtape/ops/pointwise/chain.h>

namespace gradtape {

Tensor carried_back(const Tensor& a, const Tensor& gradient, Along along) {
  return scan(LinearRecurrence{}, one_before(a, along.back(), 0), gradient, along.back(), Location::current());
}

void LinearRecurrence::gradient(Backward& ctx, Along along) {
  const Tensor carried = carried_back(ctx.kept(0), ctx.take_gradient(), along);
  if (ctx.wants(0)) ctx.add(0, chain(carried, one_before(ctx.kept(2), along, 0)));
  ctx.add(1, carried);
}

}  // namespace gradtape
