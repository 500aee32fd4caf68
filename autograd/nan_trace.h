// Who made the first NaN.
#pragma once

#include <memory>

namespace gradtape {

// A scope: while it lives, each op of this thread, forward and backward, that makes a NaN or an infinity from finite
// numbers throws ValueError: its name, the line that called it, and the ranges of what it read. Devices are waited for
// after each op. Costs nothing while none lives.
class [[nodiscard]] NanTrace {
 public:
  NanTrace();
  ~NanTrace();
  NanTrace(const NanTrace&) = delete;
  NanTrace& operator=(const NanTrace&) = delete;

 private:
  class Look;
  std::unique_ptr<Look> look_;
};

}  // namespace gradtape
