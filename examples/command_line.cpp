#include "command_line.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

namespace {

// How many letters must be put in, taken out or changed to make one word of the other.
std::size_t distance(const std::string& from, const std::string& to) {
  std::vector<std::size_t> row(to.size() + 1);
  for (std::size_t i = 0; i <= to.size(); ++i) row[i] = i;
  for (std::size_t i = 1; i <= from.size(); ++i) {
    std::size_t before = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= to.size(); ++j)
      before = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, before + (from[i - 1] != to[j - 1])}));
  }
  return row[to.size()];
}

bool is_like(const std::string& word, const std::string& name) {
  if (word.size() < 3) return false;
  return distance(word, name) <= 2 || word.find(name) != std::string::npos || name.find(word) != std::string::npos;
}

}  // namespace

std::string nearest(const std::string& word, const std::vector<std::string>& names) {
  const auto closest = std::min_element(
      names.begin(), names.end(), [&](const auto& a, const auto& b) { return distance(word, a) < distance(word, b); });
  if (closest != names.end() && is_like(word, *closest)) return *closest;
  const auto like = std::find_if(names.begin(), names.end(), [&](const auto& name) { return is_like(word, name); });
  return like != names.end() ? *like : "";
}

void require_writable(const char* option, const std::string& path) {
  if (path.empty()) return;
  const auto folder = std::filesystem::absolute(path).parent_path();
  if (std::filesystem::is_directory(path)) throw std::runtime_error(fmt::format("{} {} is a folder", option, path));
  if (access(folder.c_str(), W_OK) != 0)
    throw std::runtime_error(fmt::format("{} {} cannot be written: {}", option, path, std::strerror(errno)));
}
