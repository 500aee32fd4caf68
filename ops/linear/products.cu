#include <gradtape/ops/linear/products.h>

#include <gradtape/cuda/blas.h>
#include <gradtape/ops/view/permute.h>

namespace gradtape {
namespace {

// The stride from each matrix to the next, in one walk over all batches; -1 where it differs.
std::int64_t step_of(const Tensor& x) {
  const Strides strides = x.strides();
  std::int64_t step = 0, inside = 1;
  for (int d = x.dim() - 3; d >= 0; --d) {
    if (x.shape()[d] == 1) continue;
    if (inside == 1) step = strides[d];
    else if (strides[d] != inside * step) return -1;
    inside *= x.shape()[d];
  }
  return step;
}

MatrixView first_matrix(const Tensor& x) {
  const Strides strides = x.strides();
  return {x.tensor_data()->data, strides[x.dim() - 2], strides[x.dim() - 1]};
}

// A matrix that BLAS cannot read is made dense first.
Tensor as_blas_reads(const Tensor& x) {
  const bool readable = step_of(x) >= 0 && cuda::lines_of(first_matrix(x), x.size(-2), x.size(-1)).lead > 0;
  return readable ? x : x.contiguous();
}

}  // namespace

void multiply_on_cuda(const Launch& work) {
  const TensorData& c = *work.out();
  const Tensor given = tensor_of(work.in(1)).detach();
  const Tensor left = as_blas_reads(tensor_of(work.in(0)).detach());
  const Tensor right = as_blas_reads(work.as<ProductSettings>().right_transposed ? t(given) : given);
  const std::int64_t m = left.size(-2), n = right.size(-1), count = c.count == 0 ? 0 : c.count / (m * n);
  cuda::multiply({work.device(), c.dtype, c.data, count, m, n, left.size(-1), first_matrix(left), first_matrix(right),
                  step_of(left), step_of(right), elements<const void>(work.in(2))});
}

}  // namespace gradtape
