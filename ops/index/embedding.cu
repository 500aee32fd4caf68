#include <gradtape/ops/index/embedding.h>

#include <gradtape/autograd/launch.h>
#include <gradtape/cuda/fault.h>
#include <gradtape/cuda/stream.h>

namespace gradtape {
namespace {

// How many bags of [first, last) begin at or before an element, and `first`.
__device__ std::int64_t begun(const std::int64_t* begins, std::int64_t first, std::int64_t last, std::int64_t element) {
  while (first < last) {
    const std::int64_t middle = first + (last - first) / 2;
    if (begins[middle] <= element) first = middle + 1;
    else last = middle;
  }
  return first;
}

// A thread for each bag checks where it begins; one for each element looks for its bag, among those that begin in its
// block and the one before.
__global__ void bags_kernel(cuda::IndexCheck check, std::int64_t* to, std::int64_t count, const std::int64_t* begins,
                            std::int64_t bags) {
  __shared__ std::int64_t begun_by[2];  // the block's first element, and its last
  const std::int64_t block = std::int64_t(blockIdx.x) * blockDim.x, i = block + threadIdx.x;
  if (i < bags && (i == 0 ? begins[0] != 0 : begins[i] < begins[i - 1])) {
    check.found.lowest = i == 0 ? 0 : begins[i - 1];
    check.found.size = i == 0 ? 1 : count + 1;
    is_good(check, begins[i], i);
  }
  if (threadIdx.x < 2) begun_by[threadIdx.x] = begun(begins, 0, bags, block + threadIdx.x * (blockDim.x - 1));
  __syncthreads();
  if (i < count) to[i] = begun(begins, begun_by[0], begun_by[1], i) - 1;
}

}  // namespace

void bags_on_cuda(const Launch& work) {
  const std::int64_t count = work.out()->count, bags = work.in(0)->count, threads = count > bags ? count : bags;
  if (threads == 0) return;
  bags_kernel<<<cuda::blocks_for(threads), cuda::block_threads, 0, cuda::stream_of(work.device())>>>(
      cuda::index_check(work, count + 1), elements<std::int64_t>(work.out()), count, elements<std::int64_t>(work.in(0)),
      bags);
  cuda::check(cudaGetLastError(), "bags");
}

}  // namespace gradtape
