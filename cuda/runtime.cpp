#include <gradtape/cuda/runtime.h>

#include <atomic>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include <gradtape/autograd/captured_step.h>
#include <gradtape/autograd/device_memory.h>
#include <gradtape/autograd/error.h>
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
bool waits_for_launches() {
  static const bool wished = [] {
    const char* wish = std::getenv("GT_CUDA_SYNC");
    return wish && std::strcmp(wish, "1") == 0;
  }();
  return wished;
}
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

static void wait_for(const Launch& work, Device device) {
  const cudaError_t status = cudaStreamSynchronize(context_of(device).stream());
  if (status != cudaSuccess) {
    const Origin from = origin_of(work);
    throw DeviceError(message(from.op.c_str(),
                              fmt::format("failed on {}: {} ({})", to_string(device), cudaGetErrorString(status),
                                          cudaGetErrorName(status)),
                              {}, ""),
                      from.line);
  }
  context_of(device).throw_fault();
}

}  // namespace gradtape::cuda

namespace gradtape::device {

void run(const Launch& work) {
  const Device device = work.device();
  const cuda::OnDevice there(device);
  work.kernel->cuda(work);
  if (cuda::waits_for_launches() && !detail::capturing) cuda::wait_for(work, device);
}

}  // namespace gradtape::device
