#include <gradtape/ops/index/nonzero.h>

#include <thrust/iterator/counting_iterator.h>
#include <cub/device/device_select.cuh>

#include <gradtape/autograd/device_memory.h>
#include <gradtape/cuda/stream.h>
#include <gradtape/ops/index/indices.h>

namespace gradtape {
namespace {

using namespace cuda;

__global__ void coordinates_kernel(const std::int64_t* numbers, std::int64_t* to, std::int64_t count,
                                   Flattening shape) {
  const std::int64_t i = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= count) return;
  std::int64_t left = numbers[i];
  for (int d = shape.dims - 1; d >= 0; --d) {
    to[i * shape.dims + d] = left % shape.sizes[d];
    left /= shape.sizes[d];
  }
}

}  // namespace

void true_places_on_cuda(const Launch& work) {
  const Device device = work.device();
  const TensorData& mask = *work.in(0);
  const device::ScratchBuffer chosen(work.name, device, sizeof(std::int64_t));
  std::size_t bytes = 0;
  auto run = [&](void* memory) {
    check(cub::DeviceSelect::Flagged(memory, bytes, thrust::counting_iterator<std::int64_t>(0), elements<bool>(&mask),
                                     elements<std::int64_t>(work.out()), static_cast<std::int64_t*>(chosen.data()),
                                     mask.count, stream_of(device)),
          "DeviceSelect");
  };
  run(nullptr);
  const device::ScratchBuffer space(work.name, device, bytes);
  run(space.data());
}

void coordinates_on_cuda(const Launch& work) {
  const std::int64_t count = work.in(0)->count;
  coordinates_kernel<<<blocks_for(count), block_threads, 0, stream_of(work.device())>>>(
      elements<std::int64_t>(work.in(0)), elements<std::int64_t>(work.out()), count, work.as<Flattening>());
  check(cudaGetLastError(), "coordinates");
}

}  // namespace gradtape
