// Launching on a device. For .cu files and what stands under them.
#pragma once

#include <cuda_runtime_api.h>

#include <gradtape/autograd/device.h>

namespace gradtape::cuda {

// The device's stream, on which all work is done, in order. Makes the device the thread's current one. Throws DeviceError.
cudaStream_t stream_of(Device device);

// Throws DeviceError, naming the call and what the runtime says, unless it went well.
void check(cudaError_t status, const char* call);

constexpr int block_threads = 256;
inline unsigned blocks_for(std::int64_t threads) { return static_cast<unsigned>((threads + block_threads - 1) / block_threads); }

}  // namespace gradtape::cuda
