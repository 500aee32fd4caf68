// What the engine asks of devices other than the CPU. Defined in cuda/, for builds with CUDA and without.
#pragma once

#include <gradtape/autograd/number.h>
#include <gradtape/autograd/tensor_data.h>

namespace gradtape {
struct Launch;
}

namespace gradtape::device {

// Throws DeviceError unless tensors can be on the device.
void require(const char* op, Device device, Location at);

// Does work by its kernel for the device. GT_CUDA_SYNC=1 in the environment waits for each, so that a failure blames
// it: DeviceError.
void run(const Launch& work);

// Until all that was given to the device is done.
void wait(Device device);

// Memory of a device, aligned to 256 bytes, from its pool. Throws OutOfMemoryError naming the op.
void* take(const char* op, Device device, std::size_t bytes);
// Hands it back, with the size it was taken with. Work that was given to the device before may still use it.
void give(Device device, void* block, std::size_t bytes) noexcept;

// A block of a device's memory for as long as work that uses it is being given.
class ScratchBuffer {
 public:
  ScratchBuffer(const char* op, Device device, std::size_t bytes)
      : device_(device), bytes_(bytes), block_(take(op, device, bytes)) {}
  ~ScratchBuffer() { give(device_, block_, bytes_); }
  ScratchBuffer(const ScratchBuffer&) = delete;
  ScratchBuffer& operator=(const ScratchBuffer&) = delete;
  void* data() const { return block_; }

 private:
  Device device_;
  std::size_t bytes_;
  void* block_;
};

// All elements of one body into another of the same shape, converted, where either is on a device. Elements that come
// to the CPU are there when it returns.
void copy_elements(const TensorData& from, const TensorData& to);
// All elements of a body on a device become the number, converted.
void fill(const TensorData& to, Number value);

}  // namespace gradtape::device
