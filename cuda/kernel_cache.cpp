#include <gradtape/cuda/kernel_cache.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <unistd.h>

namespace gradtape::cuda {
namespace {

namespace fs = std::filesystem;

// Empty: files are not wanted, or there is no place for them.
fs::path folder() {
  const auto set = [](const char* variable) {
    const char* const value = std::getenv(variable);
    return value && *value ? value : nullptr;
  };
  if (const char* const wish = std::getenv("GT_CACHE_DIR")) return std::string_view(wish) == "0" ? "" : wish;
  if (const char* const cache = set("XDG_CACHE_HOME")) return fs::path(cache) / "gradtape";
  if (const char* const home = set("HOME")) return fs::path(home) / ".cache" / "gradtape";
  return {};
}

// FNV-1a (Fowler, Noll and Vo), from two beginnings.
std::uint64_t hash_of(const std::string& text, std::uint64_t hash = 0xcbf29ce484222325) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}
fs::path file_of(const std::string& key) { return folder() / fmt::format("{:016x}.ptx", hash_of(key)); }
// What a file begins with: which key and what code it holds.
std::string first_line(const std::string& key, const std::string& code) {
  return fmt::format("// gradtape: key {:016x} of {} bytes, code {:016x} of {} bytes\n", hash_of(key, 1), key.size(),
                     hash_of(code), code.size());
}

}  // namespace

std::optional<std::string> read_compiled(const std::string& key) {
  if (folder().empty()) return {};
  std::ifstream file(file_of(key), std::ios::binary);
  std::string line;
  if (!std::getline(file, line)) return {};
  std::ostringstream rest;
  rest << file.rdbuf();
  std::string code = std::move(rest).str();
  if (line + '\n' != first_line(key, code)) return {};
  return code;
}

void write_compiled(const std::string& key, const std::string& code) {
  if (folder().empty()) return;
  static std::atomic<int> count = 0;
  std::error_code none;
  fs::create_directories(folder(), none);
  const fs::path place = file_of(key), draft = fmt::format("{}.{}.{}", place.string(), getpid(), count++);
  std::ofstream file(draft, std::ios::binary);
  file << first_line(key, code) << code;
  file.close();
  if (file) fs::rename(draft, place, none);  // whole or not at all, whoever reads it meanwhile
  if (!file || none) fs::remove(draft, none);
}

}  // namespace gradtape::cuda
