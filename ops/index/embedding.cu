#include <gradtape/ops/index/embedding.h>

#include <gradtape/autograd/launch.h>
#include <gradtape/cuda/fault.h>
#include <gradtape/cuda/stream.h>

namespace gradtape {
namespace {

// A thread for each element looks for the last bag that begins at or before it; one for each bag checks where it
// begins.
__global__ void bags_kernel(cuda::IndexCheck check, std::int64_t* to, std::int64_t count, const std::int64_t* begins,
                            std::int64_t bags) {
  const std::int64_t i = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i < bags && (i == 0 ? begins[0] != 0 : begins[i] < begins[i - 1])) {
    check.found.lowest = i == 0 ? 0 : begins[i - 1];
    check.found.size = i == 0 ? 1 : count + 1;
    is_good(check, begins[i], i);
  }
  if (i >= count) return;
  std::int64_t first = 0, left = bags;
  while (left > 0) {
    const std::int64_t half = left / 2;
    if (begins[first + half] <= i) first += half + 1, left -= half + 1;
    else left = half;
  }
  to[i] = first - 1;
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
