// The variance over some dimensions, in two passes; divided by count - correction.
#pragma once

#include <gradtape/ops/reduce.h>
#include <gradtape/ops/reduce/mean.h>

namespace gradtape {

struct Var {
  static constexpr auto name = "var";
  static constexpr auto samples = between(-2, 2);
  double correction = 1;  // the divisor is the count less this

  template <class Row>
  GT_FN auto forward(const Row& x) const {
    const auto mean = x.total([](auto v) GT_INLINE { return v; }) / x.count();
    return (x.total([=](auto v) GT_INLINE { return (v - decltype(v)(mean)) * (v - decltype(v)(mean)); }) /
            divisor(x.count()));
  }
  template <class Row, class Value>
  GT_FN void backward(const Row& x, Value, Value gradient, Row& dx) const {
    const auto mean = x.total([](auto v) GT_INLINE { return v; }) / x.count();
    const auto scale = Value(2) * gradient / divisor(x.count());
    dx.assign([=](auto v) GT_INLINE { return decltype(v)(scale) * (v - decltype(v)(mean)); }, x);
  }

 private:
  template <class Value>
  GT_FN Value divisor(Value count) const {
    return max(count - Value(correction), Value(0));
  }
};

inline Tensor var(const Tensor& x, Axes dims = {}, double correction = 1, bool keepdim = false,
                  Location at = Location::current()) {
  return reduce(Var{correction}, x, dims, keepdim, at);
}

struct VarAndMean {
  Tensor var, mean;
};
inline VarAndMean var_mean(const Tensor& x, Axes dims = {}, double correction = 1, bool keepdim = false,
                           Location at = Location::current()) {
  return {var(x, dims, correction, keepdim, at), mean(x, dims, keepdim, at)};
}

}  // namespace gradtape
