#include <gradtape/ops/scan/cumprod.h>

namespace gradtape {

Tensor cumprod(const Tensor& x, int dim, std::optional<DType> dtype, Location at) {
  Call call(at);
  if (!dtype) return scan(Cumprod{}, x, {dim}, at);
  return scan(Cumprod{}, x.to(*dtype, at), {dim}, at).to(*dtype, at);
}

}  // namespace gradtape
