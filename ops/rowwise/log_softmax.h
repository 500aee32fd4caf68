// x - log(sum(exp(x))) along one dimension.
#pragma once

#include <gradtape/ops/rowwise.h>

namespace gradtape {

struct LogSoftmax {
  static constexpr auto name = "log_softmax";
  static constexpr auto samples = between(-4, 4);

  template <class Row>
  GT_FN static void forward(const Row& x, Row& y) {
    const auto of = x.log_total();
    y.assign([=](auto v) GT_INLINE { return v - decltype(v)(of.top) - decltype(v)(of.log_total); }, x);
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
