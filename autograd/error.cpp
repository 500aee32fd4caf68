#include <gradtape/autograd/error.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include <fmt/format.h>

#include <gradtape/autograd/tensor.h>

namespace gradtape {
constinit thread_local const Location* current_call [[gnu::tls_model("initial-exec")]] = nullptr;

namespace {

std::string blame(Location at) { return at.line ? fmt::format("\n  at {}:{}", at.file, at.line) : std::string(); }

}  // namespace

Error::Error(const char* kind, const std::string& text, Location at)
    : std::runtime_error(fmt::format("{}: {}{}", kind, text, blame(at))),
      where_(at),
      text_at_(std::strlen(kind) + 2),
      text_size_(text.size()) {}

std::string message(const char* op, const std::string& what, std::initializer_list<Shown> tensors,
                    const std::string& advice) {
  struct Line {
    std::string role, name, shape, type;
  };
  std::vector<Line> lines;
  std::size_t role_width = 0, name_width = 0, shape_width = 0;
  for (const Shown& shown : tensors) {
    if (!shown.tensor.defined()) {
      lines.push_back({shown.role, "", "undefined", ""});
    } else {
      lines.push_back({shown.role, shown.tensor.name(), to_string(shown.tensor.shape()),
                       fmt::format("{}  {}", name_of(shown.tensor.dtype()), to_string(shown.tensor.device()))});
    }
    role_width = std::max(role_width, lines.back().role.size());
    name_width = std::max(name_width, lines.back().name.size());
    shape_width = std::max(shape_width, lines.back().shape.size());
  }
  std::string text = fmt::format("{}: {}", op, what);
  for (const Line& line : lines) {
    text += fmt::format("\n  {:<{}}  ", line.role, role_width);
    if (name_width) text += fmt::format("{:<{}}  ", line.name, name_width);
    text += line.type.empty() ? line.shape : fmt::format("{:<{}}  {}", line.shape, shape_width, line.type);
  }
  if (!advice.empty()) text += "\n  " + advice;
  return text;
}

}  // namespace gradtape
