// What rows on every device share: how two parts of one are joined. Outside the rows, whose own max() would hide the
// word.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

#include <gradtape/ops/vocabulary.h>

namespace gradtape {

struct Itself {
  template <class P> GT_FN P operator()(P x) const { return x; }
};
struct Larger {
  template <class P> GT_FN P operator()(P a, P b) const { return max(a, b); }
};
struct Smaller {
  template <class P> GT_FN P operator()(P a, P b) const { return min(a, b); }
};
struct Plus {
  template <class P> GT_FN P operator()(P a, P b) const { return a + b; }
};
struct Times {
  template <class P> GT_FN P operator()(P a, P b) const { return a * b; }
};

// Below and above every number, or level with it.
template <class S>
constexpr S lowest = std::is_integral_v<S> ? std::numeric_limits<S>::lowest() : -std::numeric_limits<S>::infinity();
template <class S>
constexpr S highest = std::is_integral_v<S> ? std::numeric_limits<S>::max() : std::numeric_limits<S>::infinity();

// Totals of squares below `low` have lost some to underflow, and infinite ones may have overflowed: then the numbers
// are scaled first, up or down.
template <class S>
struct SquareScale {
  static constexpr bool single = sizeof(S) == 4;
  static constexpr S low = single ? S(0x1p-100) : S(0x1p-800), up = single ? S(0x1p100) : S(0x1p600),
                     down = single ? S(0x1p-90) : S(0x1p-600), largest = std::numeric_limits<S>::max();
};
// √Σx² of a row, right wherever it is a number. The scaled total is taken where it is needed.
template <class S, class Row>
GT_FN auto norm_of(const Row& x) {
  using Value = typename Row::Value;
  using Scale = SquareScale<S>;
  const Value squares = x.total([](auto v) GT_INLINE { return v * v; });
  const Value scale = where(squares < Value(Scale::low), Value(Scale::up),
                            where(squares > Value(Scale::largest), Value(Scale::down), Value(S(1))));
  const auto scaled = scale != Value(S(1));
  const Value scaled_squares = x.total_where(scaled, [=](auto v) GT_INLINE {
    const auto u = v * decltype(v)(scale);
    return u * u;
  });
  return where(scaled, sqrt(scaled_squares) / scale, sqrt(squares));
}

// A row's largest element, subtracted so that exp() cannot overflow, and log Σ exp(x - top).
template <class Value>
struct LogTotal {
  Value top, log_total;
};
// Note: log1p of the others. The largest counts 1 and stands apart, so what the others add is not rounded away, and a
// loss near 0 keeps its relative accuracy.
template <class Row, class Value>
GT_FN Value log_total_of(const Row& x, Value top) {
  const auto others =
      x.sum([=](auto v) GT_INLINE { return where(v == decltype(v)(top), decltype(v)(0), exp(v - decltype(v)(top))); });
  const auto ties = x.count_where([=](auto v) GT_INLINE { return v == decltype(v)(top); });
  return log1p(others + (ties - Value(1)));
}
template <class Row>
GT_FN auto log_total_of(const Row& x) {
  const auto top = x.max();
  return LogTotal<std::remove_const_t<decltype(top)>>{top, log_total_of(x, top)};
}

// Writes a row's value, or its place.
template <class S, class T>
GT_FN void put_value(void* out, std::int64_t i, T value) {
  if constexpr (std::is_same_v<T, std::int64_t>) static_cast<std::int64_t*>(out)[i] = value;
  else static_cast<S*>(out)[i] = value.v;
}

// A sum with its rounding error beside it (Knuth's TwoSum), so that long sums keep full accuracy.
template <class P>
struct Compensated {
  P sum, lost;
  GT_FN void add(P x) {
    const P total = sum + x, part = total - sum;
    lost = lost + ((sum - (total - part)) + (x - part));
    sum = total;
  }
  GT_FN void add(Compensated part) {
    add(part.sum);
    lost = lost + part.lost;
  }
  GT_FN P value() const {  // an infinite sum has no error worth a NaN
    return where(lost == lost, sum + lost, sum);
  }
};

}  // namespace gradtape
