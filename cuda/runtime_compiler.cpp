#include <gradtape/cuda/runtime_compiler.h>

#include <map>
#include <mutex>

#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <gradtape/cuda/kernel_cache.h>
#include <gradtape/cuda/nvrtc.h>
#include <gradtape/cuda/stream.h>

namespace gradtape::cuda {
namespace {

// What came of a text: a kernel, or why there is none.
struct Outcome {
  std::optional<CompiledKernel> kernel;
  std::string why_not;
};
struct Memory {
  std::mutex mutex;
  std::map<std::string, const Outcome> outcomes;  // by key
  std::int64_t compiles = 0;
};
Memory& memory() {
  static auto& all = *new Memory;  // still there when the last tensor goes
  return all;
}

int architecture_of(Device device) {
  int major = 0, minor = 0;
  check(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device.index), "cudaDeviceGetAttribute");
  check(cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device.index), "cudaDeviceGetAttribute");
  return 10 * major + minor;
}

Outcome load(const std::string& code, const std::string& name) {
  cudaLibrary_t library;
  cudaKernel_t kernel;
  cudaError_t status = cudaLibraryLoadData(&library, code.c_str(), nullptr, nullptr, 0, nullptr, nullptr, 0);
  if (status == cudaSuccess) status = cudaLibraryGetKernel(&kernel, library, name.c_str());
  cudaFuncAttributes loaded;  // asked for now, so that nothing is left to do at the first launch, in a graph
  if (status == cudaSuccess) status = cudaFuncGetAttributes(&loaded, reinterpret_cast<const void*>(kernel));
  if (status == cudaSuccess) return {CompiledKernel(kernel), {}};
  cudaGetLastError();
  return {{}, fmt::format("the driver does not take what NVRTC makes: {}", cudaGetErrorString(status))};
}

Outcome make(const Nvrtc& nvrtc, const KernelText& text, const std::vector<std::string>& options,
             const std::string& key) {
  if (const auto code = read_compiled(key)) {
    Outcome outcome = load(*code, text.name);
    if (outcome.kernel) return outcome;
  }
  std::string result;
  ++memory().compiles;
  if (!nvrtc.compile(text.text, text.headers, options, result)) return {{}, "NVRTC refuses it: " + result};
  write_compiled(key, result);
  return load(result, text.name);
}

}  // namespace

void CompiledKernel::launch(Device device, std::int64_t threads, const void* parameters) const {
  void* given[] = {const_cast<void*>(parameters)};
  const cudaStream_t stream = stream_of(device);
  check(cudaLaunchKernel(loaded_, dim3(blocks_for(threads)), dim3(block_threads), given, 0, stream),
        "cudaLaunchKernel");
}

std::optional<CompiledKernel> compiled(const KernelText& text, Device device, std::string& why_not) {
  const Nvrtc* const nvrtc = Nvrtc::loaded();
  if (!nvrtc) {
    why_not = "NVRTC is not there";
    return {};
  }
  const int architecture = nvrtc->architecture_for(architecture_of(device));
  if (!architecture) {
    why_not = fmt::format("NVRTC {} knows no device as old as this one", nvrtc->version());
    return {};
  }
  const std::vector<std::string> options{fmt::format("--gpu-architecture=compute_{}", architecture), "--std=c++20",
                                         "-fmad=false", "--device-as-default-execution-space"};
  std::string key = fmt::format("NVRTC {} {}\n{}", nvrtc->version(), fmt::join(options, " "), text.text);
  for (const auto& [name, header] : text.headers) key += fmt::format("\n{} {}\n{}", name, header.size(), header);

  Memory& all = memory();
  const std::lock_guard lock(all.mutex);
  auto found = all.outcomes.find(key);
  if (found == all.outcomes.end()) found = all.outcomes.emplace(key, make(*nvrtc, text, options, key)).first;
  why_not = found->second.why_not;
  return found->second.kernel;
}

std::int64_t compile_count() {
  const std::lock_guard lock(memory().mutex);
  return memory().compiles;
}
void forget_compiled() {
  const std::lock_guard lock(memory().mutex);
  memory().outcomes.clear();
}

}  // namespace gradtape::cuda
