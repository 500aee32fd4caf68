// exp(x) / sum(exp(x)) along one dimension: positive, with sum 1.
#pragma once

#include <gradtape/ops/pointwise/negate.h>
#include <gradtape/ops/rowwise.h>

namespace gradtape {

struct Softmax {
  static constexpr auto name = "softmax";
  static constexpr auto samples = between(-4, 4);

  template <class Row>
  GT_FN static void forward(const Row& x, Row& y) {
    const auto top = x.max();  // subtracted, so exp() cannot overflow
    y.assign([=](auto v) GT_INLINE { return exp(v - decltype(v)(top)); }, x);
    const auto total = y.sum([](auto v) GT_INLINE { return v; });
    const auto share = std::remove_const_t<decltype(total)>(1) / total;  // dividing each would take longer than exp()
    y.assign([=](auto v) GT_INLINE { return v * decltype(v)(share); }, y);
  }
  template <class Row>
  GT_FN static void backward_from_output(const Row& y, const Row& gradient, Row& dx) {
    const auto along = gradient.sum([](auto g, auto v) GT_INLINE { return chain(g, v); }, y);
    dx.assign([=](auto g, auto v) GT_INLINE { return chain(g - decltype(v)(along), v); }, gradient, y);
  }
};

inline Tensor softmax(const Tensor& x, int dim = -1, Location at = Location::current()) {
  return rowwise(Softmax{}, x, dim, at);
}
// softmax(-x): most where x is least.
inline Tensor softmin(const Tensor& x, int dim = -1, Location at = Location::current()) {
  return softmax(negate(x, at), dim, at);
}

class Generator;
struct GumbelSoftmaxOptions {
  double tau = 1;  // the lower, the nearer to 0 and 1
  bool hard = false;  // 0 and 1 themselves, with the gradient of what they stand for
  int dim = -1;
};
// A class drawn from logits along a dimension, in numbers with a gradient: softmax((logits + noise) / tau), with noise
// of Gumbel's distribution (Jang et al. 2017). Throws ValueError unless tau > 0, DTypeError unless floating.
Tensor gumbel_softmax(const Tensor& logits, Generator& generator, GumbelSoftmaxOptions options = {},
                      Location at = Location::current());
Tensor gumbel_softmax(const Tensor& logits, GumbelSoftmaxOptions options = {}, Location at = Location::current());

}  // namespace gradtape
