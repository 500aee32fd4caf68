// The mean over some dimensions of what is not NaN; NaN where nothing is.
#pragma once

#include <gradtape/ops/reduce.h>

namespace gradtape {

struct Nanmean {
  static constexpr auto name = "nanmean";
  static constexpr auto samples = between(-2, 2);

  template <class Row>
  GT_FN static auto forward(const Row& x) {
    return x.total([](auto v) GT_INLINE { return where(v == v, v, decltype(v)(0)); }) / numbers(x);
  }
  template <class Row, class Value>
  GT_FN static void backward(const Row& x, Value, Value gradient, Row& dx) {
    const auto share = gradient / numbers(x);
    dx.assign([=](auto v) GT_INLINE { return where(v == v, decltype(v)(share), decltype(v)(0)); }, x);
  }

 private:
  // How many there are.
  template <class Row>
  GT_FN static auto numbers(const Row& x) {
    return x.count_where([](auto v) GT_INLINE { return v == v; });
  }
};

inline Tensor nanmean(const Tensor& x, Axes dims = {}, bool keepdim = false, Location at = Location::current()) {
  return reduce(Nanmean{}, x, dims, keepdim, at);
}
// Of x converted to a type first.
inline Tensor nanmean(const Tensor& x, Axes dims, bool keepdim, DType dtype, Location at = Location::current()) {
  return reduce(Nanmean{}, x.to(dtype, at), dims, keepdim, at);
}

}  // namespace gradtape
