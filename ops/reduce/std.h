// The standard deviation over some dimensions; slope 0 where it is 0.
#pragma once

#include <gradtape/ops/reduce.h>
#include <gradtape/ops/reduce/var.h>

namespace gradtape {

struct Std {
  static constexpr auto name = "std";
  static constexpr auto samples = between(-2, 2);
  double correction = 1;  // the divisor is the count less this

  template <class Row>
  GT_FN auto forward(const Row& x) const {
    return sqrt(Var{correction}.forward(x));
  }
  template <class Row, class Value>
  GT_FN void backward(const Row& x, Value y, Value gradient, Row& dx) const {
    Var{correction}.backward(x, y, where(y == Value(0), Value(0), gradient / (Value(2) * y)), dx);
  }
};

inline Tensor std(const Tensor& x, Axes dims = {}, double correction = 1, bool keepdim = false,
                  Location at = Location::current()) {
  return reduce(Std{correction}, x, dims, keepdim, at);
}

struct StdAndMean {
  Tensor std, mean;
};
inline StdAndMean std_mean(const Tensor& x, Axes dims = {}, double correction = 1, bool keepdim = false,
                           Location at = Location::current()) {
  return {std(x, dims, correction, keepdim, at), mean(x, dims, keepdim, at)};
}

}  // namespace gradtape
