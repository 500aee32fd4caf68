#include <gradtape/ops/index/bincount.h>

#include <algorithm>

#include <gradtape/cuda/fault.h>
#include <gradtape/cuda/stream.h>

namespace gradtape {
namespace {

using namespace cuda;

// A block counts in its own memory where there is room: else few places would be written by all threads at once.
constexpr int room = 2048;

__global__ void count_kernel(IndexCheck check, const std::int64_t* list, std::int64_t count, unsigned long long* counts,
                             std::int64_t places) {
  __shared__ unsigned mine[room];
  const bool apart = places <= room;
  for (std::int64_t p = threadIdx.x; apart && p < places; p += blockDim.x) mine[p] = 0;
  __syncthreads();
  for (std::int64_t i = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x; i < count;
       i += std::int64_t(gridDim.x) * blockDim.x) {
    if (!is_good(check, list[i], i)) continue;
    if (apart) atomicAdd(mine + list[i], 1u);
    else atomicAdd(counts + list[i], 1ull);
  }
  __syncthreads();
  for (std::int64_t p = threadIdx.x; apart && p < places; p += blockDim.x)
    if (mine[p] > 0) atomicAdd(counts + p, static_cast<unsigned long long>(mine[p]));
}

}  // namespace

void count_on_cuda(const Launch& work) {
  constexpr std::int64_t most_blocks = 1024;
  const std::int64_t places = work.out()->count, count = work.in(0)->count;
  const cudaStream_t stream = stream_of(work.device());
  auto* counts = reinterpret_cast<unsigned long long*>(work.out()->data);
  check(cudaMemsetAsync(counts, 0, sizeof(*counts) * static_cast<std::size_t>(places), stream), "cudaMemsetAsync");
  if (count == 0) return;
  const unsigned blocks = std::min(blocks_for(count), launch_blocks(most_blocks));
  count_kernel<<<blocks, block_threads, 0, stream>>>(index_check(work, places), elements<std::int64_t>(work.in(0)),
                                                     count, counts, places);
  check(cudaGetLastError(), work.name);
}

}  // namespace gradtape
