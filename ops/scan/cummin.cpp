#include <gradtape/ops/scan/cummin.h>

namespace gradtape {

ValuesAndIndices cummin(const Tensor& x, int dim, Location at) {
  Call call(at);
  return values_at(x, dim, scan(Cummin{}, x, {dim}, at), at);
}

}  // namespace gradtape
