#include <gradtape/ops/scan/cummax.h>

#include <gradtape/ops/index/gather.h>
#include <gradtape/ops/view/reshape.h>

namespace gradtape {

ValuesAndIndices values_at(const Tensor& x, int dim, const Tensor& indices, Location at) {
  if (x.dim() == 0) return {reshape(x, {}, at), indices};
  return {gather(x, dim, indices, at), indices};
}

ValuesAndIndices cummax(const Tensor& x, int dim, Location at) {
  Call call(at);
  return values_at(x, dim, scan(Cummax{}, x, {dim}, at), at);
}

}  // namespace gradtape
