// Pinned memory that elements pass through on their way to a device and back: the CPU goes on while they are copied
// there, and both ways they go at the full speed of the bus.
#pragma once

#include <cstddef>
#include <deque>
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

  // When it returns, `from` may be changed. Waits only where all pinned memory is still being copied. Throws
  // DeviceError.
  void upload(void* to, const void* from, std::size_t bytes, cudaStream_t stream);
  // When it returns, the elements are there, and all that was given to the stream before is done. Throws DeviceError.
  void download(void* to, const void* from, std::size_t bytes, cudaStream_t stream);

 private:
  // A part of the ring that is being copied.
  struct Piece {
    std::size_t begin, end;
    cudaEvent_t copied;
  };
  Piece take(std::size_t bytes);
  void free_between(std::size_t begin, std::size_t end);
  void free_oldest();

  std::mutex mutex_;
  std::byte* ring_ = nullptr;  // taken once, at the first copy
  std::size_t head_ = 0;  // where the next piece begins
  std::deque<Piece> pieces_;  // the oldest first
  std::vector<cudaEvent_t> spare_;
};

}  // namespace gradtape::cuda
