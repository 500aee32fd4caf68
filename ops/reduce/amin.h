// The smallest over some dimensions; ties share the gradient, a NaN stays.
#pragma once

#include <gradtape/ops/reduce.h>
#include <gradtape/ops/reduce/amax.h>

namespace gradtape {

struct Amin {
  static constexpr auto name = "amin";
  static constexpr auto samples = between(-2, 2);
  static constexpr bool integers = true;
  static constexpr bool empty_is_error = true, of_parts = true;

  template <class Row>
  GT_FN static auto forward(const Row& x) {
    return x.min();
  }
  template <class Row, class Value>
  GT_FN static void backward(const Row& x, Value y, Value gradient, Row& dx) {
    Amax::backward(x, y, gradient, dx);
  }
};

inline Tensor amin(const Tensor& x, Axes dims = {}, bool keepdim = false, Location at = Location::current()) {
  return reduce(Amin{}, x, dims, keepdim, at);
}
// Of all elements.
inline Tensor min(const Tensor& x, Location at = Location::current()) { return amin(x, {}, false, at); }

struct MinAndMax {
  Tensor min, max;
};
// Both, as amin and amax give them.
inline MinAndMax aminmax(const Tensor& x, Axes dims = {}, bool keepdim = false, Location at = Location::current()) {
  return {amin(x, dims, keepdim, at), amax(x, dims, keepdim, at)};
}

}  // namespace gradtape
