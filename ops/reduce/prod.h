// The product over some dimensions; its gradient is right with any number of zeros.
#pragma once

#include <gradtape/ops/reduce.h>

namespace gradtape {

struct Prod {
  static constexpr auto name = "prod";
  static constexpr auto samples = between(-2, 2);
  static constexpr bool integers = true;

  template <class Row>
  GT_FN static auto forward(const Row& x) {
    return x.product([](auto v) GT_INLINE { return v; });
  }
  template <class Row, class Value>
  GT_FN static void backward(const Row& x, Value, Value gradient, Row& dx) {
    const auto zeros = x.count_where([](auto v) GT_INLINE { return v == decltype(v)(0); });
    const auto others =
        gradient * x.product([](auto v) GT_INLINE { return where(v == decltype(v)(0), decltype(v)(1), v); });
    dx.assign(
        [=](auto v) GT_INLINE {
          using Real = decltype(v);
          const Real zero = Real(0), all = Real(others);
          return where(v == zero, where(Real(zeros) == Real(1), all, zero), where(Real(zeros) == zero, all / v, zero));
        },
        x);
  }
  // Each element's slope is the product of the others: of a matrix of rows with that element's place set to 1. It costs
  // the square of the row, but has derivatives of every order.
  static Tensor recorded_backward(const Tensor& x, const Tensor&, const Tensor& gradient);
};

inline Tensor prod(const Tensor& x, Axes dims = {}, bool keepdim = false, Location at = Location::current()) {
  return reduce(Prod{}, x, dims, keepdim, at);
}
// Of x converted to a type first.
inline Tensor prod(const Tensor& x, Axes dims, bool keepdim, DType dtype, Location at = Location::current()) {
  return reduce(Prod{}, x.to(dtype, at), dims, keepdim, at);
}

}  // namespace gradtape
