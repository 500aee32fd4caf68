// Elements as bits, for ops that only move them.
#pragma once

#include <cstdint>

#include <gradtape/autograd/dtype.h>

namespace gradtape {

// Calls f with a zero of the unsigned type that is as long as an element of this one.
template <class F> decltype(auto) visit_bits(DType type, F&& f) {
  switch (size_of(type)) {
    case 1:
      return f(std::uint8_t{});
    case 2:
      return f(std::uint16_t{});
    case 4:
      return f(std::uint32_t{});
    default:
      return f(std::uint64_t{});
  }
}

}  // namespace gradtape
