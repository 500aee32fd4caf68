#include "cumsum.h"

#include <gradtape/cuda/stream.h>

namespace gt = gradtape;

namespace mine {
namespace {

// A warp for each row, 32 elements at a time.
template <class T>
__global__ void cumsum_kernel(const T* x, T* y, std::int64_t columns) {
  T before = 0;
  for (std::int64_t from = 0; from < columns; from += 32) {
    const std::int64_t i = from + threadIdx.x, at = blockIdx.x * columns + i;
    T sum = i < columns ? x[at] : T(0);
    for (int step = 1; step < 32; step *= 2) {
      const T left = __shfl_up_sync(0xffffffffu, sum, step);
      if (threadIdx.x >= step) sum += left;
    }
    if (i < columns) y[at] = before + sum;
    before += __shfl_sync(0xffffffffu, sum, 31);
  }
}

template <class T>
void run(const gt::Launch& work, std::int64_t rows, std::int64_t columns) {
  cumsum_kernel<<<static_cast<unsigned>(rows), 32, 0, gt::cuda::stream_of(work.device())>>>(
      gt::elements<const T>(work.in(0)), gt::elements<T>(work.out()), columns);
  gt::cuda::check(cudaGetLastError(), "cumsum");
}

}  // namespace

void cumsum_on_cuda(const gt::Launch& work) {
  const gt::TensorData& y = *work.out();
  if (y.count == 0) return;
  const std::int64_t columns = y.shape[y.shape.rank() - 1], rows = y.count / columns;
  y.dtype == gt::float32 ? run<float>(work, rows, columns) : run<double>(work, rows, columns);
}

}  // namespace mine
