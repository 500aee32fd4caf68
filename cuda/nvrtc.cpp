#include <gradtape/cuda/nvrtc.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>

#include <dlfcn.h>
#include <fmt/format.h>

namespace gradtape::cuda {
namespace {

std::vector<std::string> places() {
  if (const char* library = std::getenv("GT_NVRTC")) return {library};
  std::vector<std::string> folders{""};
  for (const char* variable : {"CUDA_HOME", "CUDA_PATH"})
    if (const char* toolkit = std::getenv(variable))
      for (const char* folder : {"lib64", "lib"}) folders.push_back(fmt::format("{}/{}/", toolkit, folder));
  std::vector<std::string> all;
  for (const std::string& folder : folders)
    for (const char* name : {"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so"}) all.push_back(folder + name);
  return all;
}

}  // namespace

Nvrtc::Nvrtc(void* library) {
  find(library, "nvrtcVersion", get_version_);
  find(library, "nvrtcGetNumSupportedArchs", count_architectures_);
  find(library, "nvrtcGetSupportedArchs", get_architectures_);
  find(library, "nvrtcCreateProgram", create_);
  find(library, "nvrtcCompileProgram", compile_);
  find(library, "nvrtcDestroyProgram", destroy_);
  find(library, "nvrtcGetPTXSize", ptx_size_);
  find(library, "nvrtcGetPTX", ptx_);
  find(library, "nvrtcGetProgramLogSize", log_size_);
  find(library, "nvrtcGetProgramLog", log_);
  int major, minor, count;
  if (!whole_ || get_version_(&major, &minor) || count_architectures_(&count)) {
    whole_ = false;
    return;
  }
  version_ = fmt::format("{}.{}", major, minor);
  architectures_.resize(static_cast<std::size_t>(count));
  whole_ = get_architectures_(architectures_.data()) == 0;
}
template <class Function>
void Nvrtc::find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  whole_ &= function != nullptr;
}

const Nvrtc* Nvrtc::loaded() {
  static std::mutex mutex;
  static auto& by_wish = *new std::map<std::string, const Nvrtc*>;  // never unloaded
  const char* const wish = std::getenv("GT_NVRTC");
  const std::lock_guard lock(mutex);
  const auto [known, is_new] = by_wish.try_emplace(wish ? wish : "");
  if (is_new) known->second = open();
  return known->second;
}
const Nvrtc* Nvrtc::open() {
  for (const std::string& place : places())
    if (void* library = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL)) {
      std::unique_ptr<Nvrtc> one(new Nvrtc(library));
      if (one->whole_) return one.release();
      dlclose(library);
    }
  return nullptr;
}

int Nvrtc::architecture_for(int device_architecture) const {
  int best = 0;
  for (const int one : architectures_)
    if (one <= device_architecture) best = std::max(best, one);
  return best;
}

std::string Nvrtc::read(Program program, ReadSize size, Read read) {
  std::size_t bytes = 0;
  if (size(program, &bytes) || bytes == 0) return {};
  std::string text(bytes, '\0');
  read(program, text.data());
  text.pop_back();  // a null at the end
  return text;
}
bool Nvrtc::compile(const std::string& text, std::span<const std::pair<std::string, std::string>> headers,
                    std::span<const std::string> options, std::string& result) const {
  std::vector<const char*> names, texts, words;
  for (const auto& [name, header] : headers) {
    names.push_back(name.c_str());
    texts.push_back(header.c_str());
  }
  for (const std::string& option : options) words.push_back(option.c_str());
  Program program = nullptr;
  if (create_(&program, text.c_str(), "fused.cu", static_cast<int>(names.size()), texts.data(), names.data())) {
    result = "no program was made";
    return false;
  }
  const bool compiled = compile_(program, static_cast<int>(words.size()), words.data()) == 0;
  result = compiled ? read(program, ptx_size_, ptx_) : read(program, log_size_, log_);
  destroy_(&program);
  return compiled;
}

}  // namespace gradtape::cuda
