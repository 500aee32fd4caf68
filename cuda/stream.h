// Launching on a device. For .cu files, a guest's too, and what stands under them.
#pragma once

#include <cuda_runtime_api.h>

#include <gradtape/autograd/tensor.h>

namespace gradtape::cuda {

// The device's stream, on which all work is done, in order. Makes the device the thread's current one; after a launch
// that is the caller's again. Throws DeviceError.
cudaStream_t stream_of(Device device);

// Throws DeviceError, naming the call and what the runtime says, unless it went well.
void check(cudaError_t status, const char* call);

void require_on_device(const Tensor& x, DType type, Location at);
// The first element's address on its device. Throws DTypeError when T is not the tensor's type, DeviceError when it is
// on the CPU.
template <class T>
T* data(const Tensor& x, Location at = Location::current()) {
  require_on_device(x, dtype_of<std::remove_const_t<T>>, at);
  return reinterpret_cast<T*>(x.tensor_data()->data);
}

// As the blocks of a launch. Throws DeviceError for more than a launch can have.
unsigned launch_blocks(std::int64_t blocks);

// As many elements as 128 bits hold, moved at once.
template <class S>
struct alignas(16) Wide {
  static constexpr int count = 16 / sizeof(S);
  S of[count];
};

constexpr int block_threads = 256;
inline unsigned blocks_for(std::int64_t threads) {
  return launch_blocks((threads + block_threads - 1) / block_threads);
}

}  // namespace gradtape::cuda
