// Is one element not 0? A bool tensor; no gradient flows.
#pragma once

#include <gradtape/ops/reduce.h>

namespace gradtape {

struct Any {
  static constexpr auto name = "any";
  static constexpr auto samples = between(-2, 2);
  static constexpr bool integers = true;
  static constexpr auto gives = DType::boolean;

  template <class Row>
  GT_FN static auto forward(const Row& x) {
    const auto others = x.count_where([](auto v) GT_INLINE { return v != decltype(v)(0); });
    using Value = std::remove_const_t<decltype(others)>;
    return where(others != Value(0), Value(1), Value(0));
  }
};

inline Tensor any(const Tensor& x, Axes dims = {}, bool keepdim = false, Location at = Location::current()) {
  return reduce(Any{}, x, dims, keepdim, at);
}

}  // namespace gradtape
