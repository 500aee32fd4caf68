#include <gradtape/cuda/runtime.h>

#include <atomic>

#include <fmt/format.h>

#include <gradtape/autograd/capture.h>
#include <gradtape/autograd/captured_step.h>
#include <gradtape/autograd/device_memory.h>
#include <gradtape/autograd/error.h>
#include <gradtape/autograd/launch.h>
#include <gradtape/cuda/context.h>

namespace gradtape {
namespace cuda {

void check(cudaError_t status, const char* call) {
  if (status == cudaSuccess) return;
  fail<DeviceError>({}, "cuda",
                    fmt::format("{} failed: {} ({})", call, cudaGetErrorString(status), cudaGetErrorName(status)));
}

unsigned launch_blocks(std::int64_t blocks) {
  if (blocks > INT32_MAX)
    fail<DeviceError>({}, "cuda", fmt::format("a launch has no room for {} blocks", blocks), {},
                      "Use smaller tensors.");
  return static_cast<unsigned>(blocks);
}

void require_on_device(const Tensor& x, DType type, Location at) {
  if (x.device() == Device::cpu())
    fail<DeviceError>(at, "data", "works on a CUDA device", {{"tensor", x}},
                      "Bring the tensor there: x.to(gt::Device::cuda()).");
  if (x.dtype() != type) fail<DTypeError>(at, "data", fmt::format("read as {}", name_of(type)), {{"tensor", x}});
}

namespace {

// A captured step is kept by its own device, which does not see what is done on others.
void refuse_another_than_captured(Device device) {
  if (detail::capturing && (!detail::capturing->graph || detail::capturing->graph->device != device))
    detail::capturing->refuse_another_device();
}

}  // namespace

cudaStream_t stream_of(Device device) {
  refuse_another_than_captured(device);
  Context& context = context_of(device);
  check(cudaSetDevice(device.index), "cudaSetDevice");
  return context.stream();
}

void wait(Device device) {
  refuse_inside_capture("cuda", "a device cannot be waited for inside a captured step",
                        "Return what is to be read from the step.");
  check(cudaStreamSynchronize(stream_of(device)), "cudaStreamSynchronize");
  context_of(device).throw_fault();
}
IndexCheck index_check(const Launch& work, std::int64_t size, std::int64_t ignored) {
  IndexCheck check = context_of(work.device()).next_check();
  check.found.op = work.name;
  check.found.at = outermost({});
  check.found.size = size;
  check.ignored = ignored;
  return check;
}
Staging& staging_of(Device device) { return context_of(device).staging(); }
const unsigned* fault_flag(Device device) { return context_of(device).fault_flag(); }

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

}  // namespace cuda

namespace device {

void wait(Device device) { cuda::wait(device); }
void require(const char* op, Device device, Location at) {
  if (device.kind == Device::Kind::cpu) return;
  if (cuda::device_count() == 0)
    fail<DeviceError>(at, op, "this machine has no CUDA device, or no driver for it", {},
                      "nvidia-smi shows what is there; gt::Device::cpu() always works.");
  if (!cuda::is_there(device))
    fail<DeviceError>(at, op, fmt::format("CUDA device {} of {}", device.index, cuda::device_count()), {},
                      "They are counted from 0.");
}
void* take(const char* op, Device device, std::size_t bytes) {
  cuda::refuse_another_than_captured(device);
  return cuda::context_of(device).take(op, bytes);
}
void give(Device device, void* block, std::size_t bytes) noexcept { cuda::context_of(device).give(block, bytes); }

}  // namespace device
}  // namespace gradtape
