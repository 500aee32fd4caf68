#include <gradtape/cuda/stream.h>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/cuda/context.h>

namespace gradtape::cuda {

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

cudaStream_t stream_of(Device device) {
  refuse_another_than_captured(device);
  Context& context = context_of(device);
  OnDevice::make_current(device);
  return context.stream();
}

}  // namespace gradtape::cuda
