#include "sin_cos.h"

#include <gradtape/cuda/stream.h>

namespace gt = gradtape;

namespace mine {
namespace {

template <class T> __global__ void sin_cos_kernel(const T* x, T* sines, T* cosines, std::int64_t count) {
  const std::int64_t i = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= count) return;
  sines[i] = static_cast<T>(sin(static_cast<double>(x[i])));
  cosines[i] = static_cast<T>(cos(static_cast<double>(x[i])));
}

template <class T> void run(const gt::Launch& work) {
  const std::int64_t count = work.out()->count;
  sin_cos_kernel<<<static_cast<unsigned>((count + 255) / 256), 256, 0, gt::cuda::stream_of(work.device())>>>(
      gt::elements<const T>(work.in(0)), gt::elements<T>(work.out(0)), gt::elements<T>(work.out(1)), count);
  gt::cuda::check(cudaGetLastError(), "sin_cos");
}

}  // namespace

void sin_cos_on_cuda(const gt::Launch& work) {
  if (work.out()->count == 0) return;
  work.out()->dtype == gt::float32 ? run<float>(work) : run<double>(work);
}

}  // namespace mine
