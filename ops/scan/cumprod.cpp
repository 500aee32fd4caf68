#include <gradtape/ops/scan/cumprod.h>

#include <gradtape/ops/pointwise/chain.h>
#include <gradtape/ops/scan/linear_recurrence.h>

namespace gradtape {

void Cumprod::gradient(Backward& ctx, Along along) {
  const Tensor carried = carried_back(ctx.kept(0), ctx.take_gradient(), along);
  ctx.add(0, chain(carried, one_before(ctx.kept(1), along, 1)));
}

Tensor cumprod(const Tensor& x, int dim, std::optional<DType> dtype, Location at) {
  Call call(at);
  if (!dtype) return scan(Cumprod{}, x, {dim}, at);
  return scan(Cumprod{}, x.to(*dtype, at), {dim}, at).to(*dtype, at);
}

}  // namespace gradtape
