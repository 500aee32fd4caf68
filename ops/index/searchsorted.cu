#include <gradtape/ops/index/searchsorted.h>

#include <gradtape/cuda/stream.h>

namespace gradtape {
namespace {

template <class T>
__global__ void searchsorted_kernel(SearchSettings settings, const T* sorted, const T* values, std::int64_t* places,
                                    std::int64_t count) {
  const std::int64_t i = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= count) return;
  places_among<1>(sorted + i / settings.values * settings.columns, settings.columns, values + i, settings.right,
                  places + i);
}

}  // namespace

void searchsorted_on_cuda(const Launch& work) {
  const std::int64_t count = work.out()->count;
  visit(work.in(0)->dtype, [&](auto zero) {
    using T = decltype(zero);
    searchsorted_kernel<<<cuda::blocks_for(count), cuda::block_threads, 0, cuda::stream_of(work.device())>>>(
        work.as<SearchSettings>(), elements<const T>(work.in(0)), elements<const T>(work.in(1)),
        elements<std::int64_t>(work.out()), count);
  });
  cuda::check(cudaGetLastError(), "searchsorted");
}

}  // namespace gradtape
