// The standard deviation over some dimensions; slope 0 where it is 0.
#pragma once

#include <gradtape/ops/reduce.h>

namespace gradtape {

struct Std {
  static constexpr auto name = "std";
  static constexpr auto samples = between(-2, 2);
  double correction = 1;  // the divisor is the count less this

  template <class Row>
  GT_FN auto forward(const Row& x) const {
    const auto mean = x.total([](auto v) GT_INLINE { return v; }) / x.count();
    return sqrt(x.total([=](auto v) GT_INLINE { return (v - decltype(v)(mean)) * (v - decltype(v)(mean)); }) /
                divisor(x.count()));
  }
  template <class Row, class Value>
  GT_FN void backward(const Row& x, Value y, Value gradient, Row& dx) const {
    const auto mean = x.total([](auto v) GT_INLINE { return v; }) / x.count();
    const auto scale = where(y == Value(0), Value(0), gradient / (y * divisor(x.count())));
    dx.assign([=](auto v) GT_INLINE { return decltype(v)(scale) * (v - decltype(v)(mean)); }, x);
  }

 private:
  template <class Value>
  GT_FN Value divisor(Value count) const {
    return max(count - Value(correction), Value(0));
  }
};

inline Tensor std(const Tensor& x, Axes dims = {}, double correction = 1, bool keepdim = false,
                  Location at = Location::current()) {
  return reduce(Std{correction}, x, std::span(dims.begin(), dims.size()), keepdim, at);
}

}  // namespace gradtape
