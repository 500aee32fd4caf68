// Where a public function was called: what errors, reports and the tape name.
#pragma once

#include <cstdint>

namespace gradtape {

// A place in the user's source. Public functions take one as a defaulted last argument.
struct Location {
  const char* file = "";
  std::uint32_t line = 0;

  static constexpr Location current(const char* file = __builtin_FILE(), std::uint32_t line = __builtin_LINE()) {
    return {file, line};
  }
  bool operator==(const Location&) const = default;
};

// The outermost public call under way on this thread, or null. Internal: Call sets it.
extern constinit thread_local const Location* current_call [[gnu::tls_model("initial-exec")]];

// Names the outermost public call while it lives: calls made inside keep its location, so `model(x)` blames the
// user's line and not the library's.
class Call {
 public:
  explicit Call(Location at) : outermost_(current_call == nullptr), where_(at) {
    if (outermost_) current_call = &where_;
  }
  ~Call() {
    if (outermost_) current_call = nullptr;
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

 private:
  bool outermost_;
  Location where_;
};

// The location of the outermost public call, which is `where` when no other call is under way.
inline Location outermost(Location at) { return current_call ? *current_call : at; }

}  // namespace gradtape
