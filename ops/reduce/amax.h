// The largest over some dimensions; ties share the gradient, a NaN stays.
#pragma once

#include <gradtape/ops/reduce.h>

namespace gradtape {

struct Amax {
  static constexpr auto name = "amax";
  static constexpr auto samples = between(-2, 2);
  static constexpr bool integers = true;
  static constexpr bool empty_is_error = true, of_parts = true;

  template <class Row>
  GT_FN static auto forward(const Row& x) {
    return x.max();
  }
  template <class Row, class Value>
  GT_FN static void backward(const Row& x, Value y, Value gradient, Row& dx) {
    const auto ties = x.count_where([=](auto v) GT_INLINE { return v == decltype(v)(y); });
    const auto share = gradient / ties;
    dx.assign([=](auto v) GT_INLINE { return where(v == decltype(v)(y), decltype(v)(share), decltype(v)(0)); }, x);
  }
};

inline Tensor amax(const Tensor& x, Axes dims = {}, bool keepdim = false, Location at = Location::current()) {
  return reduce(Amax{}, x, dims, keepdim, at);
}
// Of all elements. (Of two tensors, max is maximum; along one dimension, with places, it stands beside topk.)
inline Tensor max(const Tensor& x, Location at = Location::current()) { return amax(x, {}, false, at); }

}  // namespace gradtape
