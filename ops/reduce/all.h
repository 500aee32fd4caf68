// Are all elements not 0? A bool tensor; no gradient flows.
#pragma once

#include <gradtape/ops/reduce.h>

namespace gradtape {

struct All {
  static constexpr auto name = "all";
  static constexpr auto samples = between(-2, 2);
  static constexpr bool integers = true;
  static constexpr auto gives = DType::boolean;

  template <class Row>
  GT_FN static auto forward(const Row& x) {
    const auto zeros = x.count_where([](auto v) GT_INLINE { return v == decltype(v)(0); });
    using Value = std::remove_const_t<decltype(zeros)>;
    return where(zeros == Value(0), Value(1), Value(0));
  }
};

inline Tensor all(const Tensor& x, Axes dims = {}, bool keepdim = false, Location at = Location::current()) {
  return reduce(All{}, x, dims, keepdim, at);
}

}  // namespace gradtape
