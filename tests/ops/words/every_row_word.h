// Each number of a row beside what every word says of the whole row.
#pragma once

#include <gradtape/ops/rowwise.h>

namespace words {

struct EveryRowWord {
  static constexpr auto name = "every_row_word";
  static constexpr auto samples = gradtape::between(-2, 2);

  template <class Row>
  GT_FN static void forward(const Row& x, Row& y) {
    auto itself = [](auto v) GT_INLINE { return v; };
    auto opposite = [](auto v) GT_INLINE { return -v; };
    const auto extremes = x.max() * x.min() + x.max(opposite) - x.min(opposite) + x.norm(),
               sums = x.sum(itself) * x.total(itself);
    const auto product = x.product([](auto v) GT_INLINE { return exp(decltype(v)(0.1) * v); }), count = x.count();
    y.assign([=](auto v) GT_INLINE { return v + decltype(v)(extremes + sums / count + product / count); }, x);
  }
  template <class Row>
  GT_FN static void backward(const Row& x, const Row& gradient, Row& dx) {
    auto itself = [](auto v) GT_INLINE { return v; };
    const auto top = x.max(), least = x.min(), sum = x.sum(itself), count = x.count(), size = x.norm();
    const auto product = x.product([](auto v) GT_INLINE { return exp(decltype(v)(0.1) * v); });
    const auto total = gradient.total(itself);
    const auto along = gradient.sum([](auto g, auto v) GT_INLINE { return g + v - v; }, x);
    dx.assign(
        [=](auto v, auto g) GT_INLINE {
          using Real = decltype(v);
          const Real zero = Real(0);
          const Real one = Real(1), extremes = where(v == Real(top), Real(least) + one, zero) +
                                               where(v == Real(least), Real(top) - one, zero) + v / Real(size);
          const Real others = Real(sum) * Real(2) / Real(count) + Real(0.1) * Real(product) / Real(count);
          return g + Real(total) * extremes + Real(along) * others;
        },
        x, gradient);
  }
};

}  // namespace words
