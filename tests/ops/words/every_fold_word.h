// What every word says of a row, as one number.
#pragma once

#include <gradtape/ops/reduce.h>

namespace words {

struct EveryFoldWord {
  static constexpr auto name = "every_fold_word";
  static constexpr auto samples = gradtape::between(-2, 2);

  template <class Row>
  GT_FN static auto forward(const Row& x) {
    auto itself = [](auto v) GT_INLINE { return v; };
    const auto product = x.product([](auto v) GT_INLINE { return exp(decltype(v)(0.1) * v); });
    auto opposite = [](auto v) GT_INLINE { return -v; };
    return x.max() * x.min() + x.max(opposite) - x.min(opposite) + x.norm() +
           (x.sum(itself) * x.total(itself) + product) / x.count();
  }
  template <class Row, class Value>
  GT_FN static void backward(const Row& x, Value, Value gradient, Row& dx) {
    auto itself = [](auto v) GT_INLINE { return v; };
    const auto top = x.max(), least = x.min(), sum = x.sum(itself), total = x.total(itself), count = x.count(),
               size = x.norm();
    const auto product = x.product([](auto v) GT_INLINE { return exp(decltype(v)(0.1) * v); });
    dx.assign(
        [=](auto v) GT_INLINE {
          using Real = decltype(v);
          const Real zero = Real(0);
          const Real one = Real(1), extremes = where(v == Real(top), Real(least) + one, zero) +
                                               where(v == Real(least), Real(top) - one, zero) + v / Real(size);
          return Real(gradient) * (extremes + (Real(sum) + Real(total) + Real(0.1) * Real(product)) / Real(count));
        },
        x);
  }
};

}  // namespace words
