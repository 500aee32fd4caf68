// Kernels that are compiled while the program runs, by NVRTC, which is loaded when first asked for. What was compiled
// is kept in memory, and in the folder GT_CACHE_DIR for other programs: by default the user's cache folder; empty or 0:
// nowhere. Internal to cuda/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gradtape/autograd/device.h>

namespace gradtape::cuda {

// A text that defines the kernel of that name, whose parameters are one struct.
struct KernelText {
  std::string name, text;
  std::vector<std::pair<std::string, std::string>> headers;  // their names and texts
};

// Stays loaded as long as the program runs.
class CompiledKernel {
 public:
  explicit CompiledKernel(void* loaded) : loaded_(loaded) {}
  void launch(Device device, std::int64_t threads, const void* parameters) const;

 private:
  void* loaded_;
};

// For that device, so that it gives the bits of kernels that were compiled with the library. Nothing, and why: NVRTC is
// not there, or refuses the text.
std::optional<CompiledKernel> compiled(const KernelText& text, Device device, std::string& why_not);

// For tests: how often NVRTC was asked; and all that is in memory is forgotten.
std::int64_t compile_count();
void forget_compiled();

}  // namespace gradtape::cuda
