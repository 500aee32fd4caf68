#include <gradtape/ops/index/unique.h>

#include <cub/device/device_scan.cuh>

#include <gradtape/autograd/device_memory.h>
#include <gradtape/cuda/stream.h>

namespace gradtape {
namespace {

using namespace cuda;

__device__ std::int64_t thread_number() { return std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x; }

// 1 where a run starts behind another.
template <class T>
__global__ void mark_kernel(const T* x, std::int64_t count, std::int64_t* marks) {
  const std::int64_t i = thread_number();
  if (i < count) marks[i] = i > 0 && x[i] != x[i - 1];
}

__global__ void start_kernel(const std::int64_t* runs, std::int64_t count, std::int64_t* starts) {
  const std::int64_t i = thread_number();
  if (i >= count) return;
  if (i == 0 || runs[i] != runs[i - 1]) starts[runs[i]] = i;
  if (i == count - 1) starts[runs[i] + 1] = count;
}

}  // namespace

void runs_on_cuda(const Launch& work) {
  const TensorData& x = *work.in(0);
  std::int64_t *runs = elements<std::int64_t>(work.out(0)), *starts = elements<std::int64_t>(work.out(1));
  const cudaStream_t stream = stream_of(work.device());
  visit(x.dtype, [&](auto zero) {
    using T = decltype(zero);
    mark_kernel<<<blocks_for(x.count), block_threads, 0, stream>>>(elements<const T>(&x), x.count, runs);
  });
  std::size_t bytes = 0;
  auto sum = [&](void* memory) {
    check(cub::DeviceScan::InclusiveSum(memory, bytes, runs, runs, x.count, stream), "DeviceScan");
  };
  sum(nullptr);
  const device::ScratchBuffer space(work.name, work.device(), bytes);
  sum(space.data());
  start_kernel<<<blocks_for(x.count), block_threads, 0, stream>>>(runs, x.count, starts);
  check(cudaGetLastError(), work.name);
}

}  // namespace gradtape
