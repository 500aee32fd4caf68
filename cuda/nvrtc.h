// NVRTC, the compiler in a library, which is not linked but loaded: programs run without it. Internal to cuda/.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace gradtape::cuda {

class Nvrtc {
 public:
  // GT_NVRTC says which library it is; else it is looked for where libraries are, and in CUDA_HOME and CUDA_PATH. Null
  // where there is none.
  static const Nvrtc* loaded();

  const std::string& version() const { return version_; }
  // The architecture to compile for: the highest that it knows and the device has; 0 where there is none.
  int architecture_for(int device_architecture) const;
  // The code, as PTX; false, and what the compiler says.
  bool compile(const std::string& text, std::span<const std::pair<std::string, std::string>> headers,
               std::span<const std::string> options, std::string& result) const;

 private:
  using Program = struct _nvrtcProgram*;
  using Read = int (*)(Program, char*);
  using ReadSize = int (*)(Program, std::size_t*);
  explicit Nvrtc(void* library);
  static const Nvrtc* open();
  template <class Function>
  void find(void* library, const char* name, Function& function);
  static std::string read(Program program, ReadSize size, Read read);

  bool whole_ = true;
  std::string version_;
  std::vector<int> architectures_;
  int (*get_version_)(int*, int*) = nullptr;
  int (*count_architectures_)(int*) = nullptr;
  int (*get_architectures_)(int*) = nullptr;
  int (*create_)(Program*, const char*, const char*, int, const char* const*, const char* const*) = nullptr;
  int (*compile_)(Program, int, const char* const*) = nullptr;
  int (*destroy_)(Program*) = nullptr;
  ReadSize ptx_size_ = nullptr, log_size_ = nullptr;
  Read ptx_ = nullptr, log_ = nullptr;
};

}  // namespace gradtape::cuda
