#include <gradtape/ops/linear/products.h>

#include <gradtape/autograd/profiler_range.h>
#include <gradtape/cuda/blas.h>

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
  return {x.body()->data, strides[x.dim() - 2], strides[x.dim() - 1]};
}

Tensor as_blas_reads(const Tensor& x) {
  const bool readable = step_of(x) >= 0 && cuda::lines_of(first_matrix(x), x.size(-2), x.size(-1)).lead > 0;
  return readable ? x : x.contiguous();
}

}  // namespace

void multiply_on_device(const Tensor& c, const Tensor& a, const Tensor& b, const Tensor& bias) {
  const ProfilerRange range("matmul");
  const Tensor left = as_blas_reads(a), right = as_blas_reads(b);
  const std::int64_t m = c.size(-2), n = c.size(-1);
  const std::int64_t count = c.numel() == 0 ? 0 : c.numel() / (m * n);
  cuda::multiply({c.device(), c.dtype(), c.body()->data, count, m, n, a.size(-1), first_matrix(left), first_matrix(right), step_of(left), step_of(right),
                  bias.defined() ? bias.body()->data : nullptr});
}

}  // namespace gradtape
