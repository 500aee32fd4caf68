// The symbols of cuda/ in a build without CUDA.
#include <gradtape/autograd/device_memory.h>
#include <gradtape/autograd/error.h>
#include <gradtape/autograd/fused_kernel.h>
#include <gradtape/autograd/graph.h>
#include <gradtape/autograd/upload.h>
#include <gradtape/cuda/runtime.h>

namespace gradtape {
namespace {

[[noreturn]] void no_cuda(const char* op, Location at) {
  fail<DeviceError>(at, op, "this build of gradtape has no CUDA", {},
                    "Build it where the CUDA toolkit is found, or stay on gt::Device::cpu().");
}

}  // namespace

namespace device {

void require(const char* op, Device device, Location at) {
  if (device != Device::cpu()) no_cuda(op, at);
}
void run(const Launch&) { no_cuda("launch", {}); }
void wait(Device) {}
void* take(const char* op, Device, std::size_t) { no_cuda(op, {}); }
void give(Device, void*, std::size_t) noexcept {}
void copy_elements(const TensorData&, const TensorData&) { no_cuda("copy", {}); }
std::shared_ptr<void> upload_beside(const TensorData&, const TensorData&) { no_cuda("upload", {}); }
void fill(const TensorData&, Number) { no_cuda("fill", {}); }

std::shared_ptr<Graph> open_graph(Device) { no_cuda("capture", {}); }
void close_graph(Graph&) {}

std::size_t fusible(std::span<const Launch* const>, std::span<const void* const>) { return 0; }
std::unique_ptr<FusedKernel> fuse(std::span<const Launch* const>, std::span<const void* const>, std::string& why_not) {
  why_not = "this build of gradtape has no CUDA";
  return nullptr;
}

}  // namespace device

namespace cuda {

int device_count() { return 0; }
void synchronize(Device, Location at) { no_cuda("synchronize", at); }
MemoryStatistics memory_statistics(Device) { return {}; }
void release_spare_memory(Device) {}
void allow_tf32(bool) {}
bool tf32_allowed() { return false; }

}  // namespace cuda
}  // namespace gradtape
