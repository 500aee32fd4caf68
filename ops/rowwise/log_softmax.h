// x - log(sum(exp(x))) along one dimension.
#pragma once

#include <gradtape/ops/rowwise.h>

namespace gradtape {

struct LogSoftmax {
  static constexpr auto name = "log_softmax";
  static constexpr auto samples = between(-4, 4);

  // Of a row, its largest element, subtracted so that exp() cannot overflow: log(sum(exp(x - top))).
  // Note: log1p of the others. The largest counts 1 and stands apart, so what the others add is not rounded away, and a
  // loss near 0 keeps its relative accuracy.
  template <class Row, class Value>
  GT_FN static auto log_total(const Row& x, Value top) {
    const auto others = x.sum(
        [=](auto v) GT_INLINE { return where(v == decltype(v)(top), decltype(v)(0), exp(v - decltype(v)(top))); });
    const auto ties = x.count_where([=](auto v) GT_INLINE { return v == decltype(v)(top); });
    return log1p(others + (ties - Value(1)));
  }
  template <class Row>
  GT_FN static void forward(const Row& x, Row& y) {
    const auto top = x.max();
    const auto log_total = LogSoftmax::log_total(x, top);
    y.assign([=](auto v) GT_INLINE { return v - decltype(v)(top) - decltype(v)(log_total); }, x);
  }
  template <class Row>
  GT_FN static void backward_from_output(const Row& y, const Row& gradient, Row& dx) {
    const auto total = gradient.sum([](auto g) GT_INLINE { return g; });
    dx.assign([=](auto g, auto v) GT_INLINE { return g - chain(decltype(v)(total), exp(v)); }, gradient, y);
  }
};

inline Tensor log_softmax(const Tensor& x, int dim = -1, Location at = Location::current()) {
  return rowwise(LogSoftmax{}, x, dim, at);
}

}  // namespace gradtape
