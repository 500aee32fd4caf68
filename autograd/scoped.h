// A variable that has another value for a while. Internal.
#pragma once

#include <utility>

namespace gradtape::detail {

// While it lives, the variable has this value; then the one from before.
template <class T>
class Set {
 public:
  Set(T& variable, T value) : variable_(variable), before_(std::exchange(variable, value)) {}
  ~Set() { variable_ = before_; }
  Set(const Set&) = delete;
  Set& operator=(const Set&) = delete;

 private:
  T& variable_;
  T before_;
};

}  // namespace gradtape::detail
