// log(sum(exp(x))) over some dimensions; overflows nowhere, and its gradient is 0 where all are -inf.
#pragma once

#include <gradtape/ops/reduce.h>

namespace gradtape {

struct Logsumexp {
  static constexpr auto name = "logsumexp";
  static constexpr auto samples = between(-2, 2);

  template <class Row>
  GT_FN static auto forward(const Row& x) {
    const auto top = x.max();
    using Value = decltype(x.max());
    // An infinite top would give inf - inf.
    const Value shift = where(abs(top) == Value(infinity), Value(0), top);
    return shift + log(x.sum([=](auto v) GT_INLINE { return exp(v - decltype(v)(shift)); }));
  }
  template <class Row, class Value>
  GT_FN static void backward(const Row& x, Value y, Value gradient, Row& dx) {
    dx.assign(
        [=](auto v) GT_INLINE {
          using Real = decltype(v);
          const Real part = where(v == Real(infinity), Real(1), exp(v - Real(y)));
          return where(Real(y) == Real(-infinity), Real(0), Real(gradient) * part);
        },
        x);
  }

 private:
  static constexpr double infinity = __builtin_inf();
};

inline Tensor logsumexp(const Tensor& x, Axes dims = {}, bool keepdim = false, Location at = Location::current()) {
  return reduce(Logsumexp{}, x, dims, keepdim, at);
}

}  // namespace gradtape
