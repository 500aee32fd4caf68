#include <gradtape/cuda/runtime.h>

#include <atomic>

#include <gradtape/autograd/device_memory.h>
#include <gradtape/cuda/context.h>

namespace gradtape::cuda {

int device_count() {
  static const int count = [] {
    int found = 0;
    if (cudaGetDeviceCount(&found) == cudaSuccess) return found;
    cudaGetLastError();
    return 0;
  }();
  return count;
}
static bool is_there(Device device) { return device.index >= 0 && device.index < device_count(); }
void synchronize(Device device, Location at) {
  Call call(at);
  device::require("synchronize", device, at);
  wait(device);
}
static std::atomic<bool> tf32 = false;
void allow_tf32(bool on) { tf32 = on; }
bool tf32_allowed() { return tf32; }

MemoryStatistics memory_statistics(Device device) {
  return is_there(device) ? context_of(device).statistics() : MemoryStatistics();
}
void release_spare_memory(Device device) {
  if (is_there(device)) context_of(device).release_spares();
}

}  // namespace gradtape::cuda
