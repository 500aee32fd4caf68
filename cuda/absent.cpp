// The symbols of cuda/ in a build without CUDA.
#include <gradtape/autograd/device_memory.h>
#include <gradtape/autograd/error.h>
#include <gradtape/cuda/blas.h>
#include <gradtape/cuda/runtime.h>

namespace gradtape {
namespace {

[[noreturn]] void no_cuda(const char* op, Location where) {
  fail<DeviceError>(where, op, "this build of gradtape has no CUDA", {},
                    "Build it where the CUDA toolkit is found, or stay on gt::Device::cpu().");
}

}  // namespace

namespace device {

void require(const char* op, Device device, Location where) {
  if (device.kind != Device::Kind::cpu) no_cuda(op, where);
}
void* take(Device, std::size_t) { no_cuda("memory", {}); }
void give(Device, void*, std::size_t) noexcept {}
void copy_elements(const Body&, Body&) { no_cuda("copy", {}); }
void fill(Body&, double) { no_cuda("fill", {}); }

}  // namespace device

namespace cuda {

int device_count() { return 0; }
void synchronize(Device, Location where) { no_cuda("synchronize", where); }
MemoryStatistics memory_statistics(Device) { return {}; }
void release_spare_memory(Device) {}
void multiply(const Product&) { no_cuda("matmul", {}); }

}  // namespace cuda
}  // namespace gradtape
