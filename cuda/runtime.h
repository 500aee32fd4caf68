// The CUDA devices: whether they are there, and what of their memory is in use. In a build without CUDA there are none.
#pragma once

#include <cstddef>
#include <cstdint>

#include <gradtape/autograd/device.h>
#include <gradtape/autograd/location.h>

namespace gradtape::cuda {

// How many devices this build can use on this machine.
int device_count();
inline bool is_available() { return device_count() > 0; }

// Waits until all work given to the device is done. Throws DeviceError when some of it failed.
void synchronize(Device device = Device::cuda(), Location at = Location::current());

// May products of float32 matrices be reckoned with TF32, which keeps 11 of 24 bits of each factor? Off until it is
// asked for.
void allow_tf32(bool on);
bool tf32_allowed();

struct MemoryStatistics {
  std::size_t in_use = 0;  // bytes that tensors hold, and the memory that cuBLAS works in
  std::size_t reserved = 0;  // bytes taken from the system, spare ones included
  std::size_t peak = 0;  // the most that was in use
  std::uint64_t allocations = 0;  // how often the system was asked
};
MemoryStatistics memory_statistics(Device device = Device::cuda());
// Returns spare memory to the system.
void release_spare_memory(Device device = Device::cuda());

}  // namespace gradtape::cuda
