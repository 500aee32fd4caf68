#include <gradtape/cuda/staging.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include <gradtape/cuda/stream.h>

namespace gradtape::cuda {
namespace {

constexpr std::size_t most_at_once = 4 << 20, most_in_all = 64 << 20;

}  // namespace

Staging::~Staging() {
  for (const Block& block : blocks_) {
    cudaEventDestroy(block.copied);
    cudaFreeHost(block.data);
  }
}

// The block whose copy ends first, if it has ended, else a new one, else that one when it ends.
Staging::Block Staging::take(std::size_t bytes) {
  const auto oldest =
      std::find_if(blocks_.begin(), blocks_.end(), [&](const Block& block) { return block.bytes >= bytes; });
  if (oldest != blocks_.end()) {
    const bool free = cudaEventQuery(oldest->copied) == cudaSuccess;
    if (!free) cudaGetLastError();  // that it is not ready is no error
    if (free || total_ + bytes > most_in_all) {
      const Block block = *oldest;
      if (!free) check(cudaEventSynchronize(block.copied), "cudaEventSynchronize");
      blocks_.erase(oldest);
      return block;
    }
  }
  Block block{nullptr, std::bit_ceil(std::max<std::size_t>(bytes, 4096)), nullptr};
  check(cudaHostAlloc(&block.data, block.bytes, cudaHostAllocDefault), "cudaHostAlloc");
  check(cudaEventCreateWithFlags(&block.copied, cudaEventDisableTiming), "cudaEventCreateWithFlags");
  total_ += block.bytes;
  return block;
}

void Staging::upload(void* to, const void* from, std::size_t bytes, cudaStream_t stream) {
  std::lock_guard lock(mutex_);
  for (std::size_t done = 0; done < bytes; done += most_at_once) {
    const std::size_t part = std::min(most_at_once, bytes - done);
    const Block block = take(part);
    blocks_.push_back(block);
    std::memcpy(block.data, static_cast<const std::byte*>(from) + done, part);
    check(cudaMemcpyAsync(static_cast<std::byte*>(to) + done, block.data, part, cudaMemcpyHostToDevice, stream),
          "cudaMemcpyAsync");
    check(cudaEventRecord(block.copied, stream), "cudaEventRecord");
  }
}

}  // namespace gradtape::cuda
