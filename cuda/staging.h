// Pinned memory that elements pass through on their way to a device, so that the CPU goes on while they are copied.
#pragma once

#include <cstddef>
#include <mutex>
#include <vector>

#include <cuda_runtime_api.h>

namespace gradtape::cuda {

class Staging {
 public:
  Staging() = default;
  ~Staging();
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  // When it returns, `from` may be changed. Waits only where all pinned blocks are still being copied. Throws
  // DeviceError.
  void upload(void* to, const void* from, std::size_t bytes, cudaStream_t stream);

 private:
  struct Block {
    void* data;
    std::size_t bytes;
    cudaEvent_t copied;
  };
  Block take(std::size_t bytes);

  std::mutex mutex_;
  std::vector<Block> blocks_;  // the one that was used longest ago comes first
  std::size_t total_ = 0;
};

}  // namespace gradtape::cuda
