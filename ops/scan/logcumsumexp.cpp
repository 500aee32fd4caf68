#include <gradtape/ops/scan/logcumsumexp.h>

#include <cmath>

#include <gradtape/ops/formula.h>
#include <gradtape/ops/scan/linear_recurrence.h>

namespace gradtape {
namespace {

// exp(x - y) for x ≤ y: what x is of y. Of an infinity all, of nothing 0.
Tensor part_of(const Tensor& x, const Tensor& y) {
  return where(x == INFINITY, 1, where(y == -INFINITY, 0, exp(x - y)));
}

}  // namespace

void Logcumsumexp::gradient(Backward& ctx, Along along) {
  const Tensor x = ctx.kept(0), y = ctx.kept(1), parts = part_of(one_before(y, along, -INFINITY), y);
  ctx.add(0, chain(carried_back(parts, ctx.take_gradient(), along), part_of(x, y)));
}

}  // namespace gradtape
