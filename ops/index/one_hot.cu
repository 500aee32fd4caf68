#include <gradtape/ops/index/one_hot.h>

#include <gradtape/cuda/fault.h>
#include <gradtape/cuda/stream.h>

namespace gradtape {
namespace {

template <class T>
__global__ void one_hot_kernel(cuda::IndexCheck check, T* to, const std::int64_t* labels, std::int64_t count,
                               std::int64_t classes) {
  const std::int64_t e = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  if (e >= count) return;
  const std::int64_t row = e / classes, label = labels[row];
  to[e] = is_good(check, label, row) && label == e % classes ? T(1) : T(0);
}

}  // namespace

void one_hot_on_cuda(const Launch& work) {
  const TensorData& rows = *work.out();
  const auto classes = work.as<std::int64_t>();
  if (rows.count == 0) return;
  const cuda::IndexCheck check = cuda::index_check(work, classes);
  visit(rows.dtype, [&](auto zero) {
    using T = decltype(zero);
    one_hot_kernel<T><<<cuda::blocks_for(rows.count), cuda::block_threads, 0, cuda::stream_of(work.device())>>>(
        check, elements<T>(&rows), elements<std::int64_t>(work.in(0)), rows.count, classes);
  });
  cuda::check(cudaGetLastError(), "one_hot");
}

}  // namespace gradtape
