// A C++ number that keeps its kind, integer or floating, until it meets a tensor.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include <gradtape/autograd/dtype.h>

namespace gradtape {

// An int64 or a double, so every int64 is exact. An unsigned number beyond int64 is taken as floating.
class Number {
 public:
  template <class N>
    requires std::is_arithmetic_v<N>
  constexpr Number(N number) {
    if constexpr (std::is_integral_v<N>) {
      if (std::in_range<std::int64_t>(wide(number))) {
        integer_ = static_cast<std::int64_t>(number);
        is_integer_ = true;
        return;
      }
    }
    floating_ = static_cast<double>(number);
  }

  constexpr bool is_integer() const { return is_integer_; }
  constexpr double as_double() const { return is_integer_ ? static_cast<double>(integer_) : floating_; }
  // Has it no fraction, and is it within int64?
  constexpr bool is_whole() const {
    return is_integer_ || (floating_ >= -0x1p63 && floating_ < 0x1p63 &&
                           static_cast<double>(static_cast<std::int64_t>(floating_)) == floating_);
  }
  // For whole numbers.
  constexpr std::int64_t as_integer() const { return is_integer_ ? integer_ : static_cast<std::int64_t>(floating_); }
  // As elements hold it: an element of this type, and where it lies.
  DType dtype() const { return is_integer_ ? DType::int64 : DType::float64; }
  const void* data() const { return &floating_; }

 private:
  template <class N> static constexpr auto wide(N number) {  // bool and characters are no integers to in_range
    if constexpr (std::is_signed_v<N>) return static_cast<std::int64_t>(number);
    else return static_cast<std::uint64_t>(number);
  }

  union {
    double floating_ = 0;
    std::int64_t integer_;
  };
  bool is_integer_ = false;
};

}  // namespace gradtape
