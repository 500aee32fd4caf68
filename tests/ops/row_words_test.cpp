// Every word of a row, in every reading of rows, against a plain loop: without elements, with one, as tensors of rank 0
// too.
#include <gradtape/ops/cpu/level.h>
#include <gradtape/ops/cpu/row.h>
#include <gradtape/ops/cpu/targets.h>
#include <gradtape/ops/tensor_row.h>

#include <array>

#include "tests/support/near.h"

namespace {

// What each word says of a row x beside a row w.
template <class Row> [[gnu::always_inline]] inline auto words_of(const Row& x, const Row& w) {
  auto itself = [](auto v) GT_INLINE { return v; };
  return std::array{x.count(),
                    x.max(),
                    x.min(),
                    x.max([](auto v) GT_INLINE { return decltype(v)(-2) * v; }),
                    x.min([](auto v) GT_INLINE { return decltype(v)(-2) * v; }),
                    x.sum(itself),
                    x.sum([](auto v, auto u) GT_INLINE { return v * u; }, w),
                    x.sum([](auto v) GT_INLINE { return decltype(v)(3); }),
                    x.sum([](auto v) GT_INLINE { return where(v > decltype(v)(2), decltype(v)(1), decltype(v)(4)); }),
                    x.total(itself),
                    x.total([](auto v) GT_INLINE { return decltype(v)(3); }),
                    x.product([](auto v) GT_INLINE { return where(v > decltype(v)(4), v, decltype(v)(1)); }),
                    x.product([](auto v) GT_INLINE { return decltype(v)(1); }),
                    x.count_where([](auto v) GT_INLINE { return v > decltype(v)(2); })};
}
template <class Row> [[gnu::always_inline]] inline void assign_all(const Row& x, const Row& w, Row& difference,
                                                                   Row& constant, Row& chosen) {
  difference.assign([](auto v, auto u) GT_INLINE { return v - u; }, x, w);
  constant.assign([](auto v) GT_INLINE { return decltype(v)(5); }, x);
  chosen.assign([](auto v) GT_INLINE { return where(v > decltype(v)(2), decltype(v)(1), decltype(v)(4)); }, x);
}
// The words, and what is assigned, of packs of any length.
template <int Bytes, class Row> auto results_of(const Row& x, const Row& w, Row (&out)[3]) {
  assign_all(x, w, out[0], out[1], out[2]);
  return words_of(x, w);
}
template <int Bytes, class Row>
  requires(Bytes == 64)
GT_512 auto results_of(const Row& x, const Row& w, Row (&out)[3]) {
  assign_all(x, w, out[0], out[1], out[2]);
  return words_of(x, w);
}

// The same by hand.
struct Wanted {
  std::vector<double> words, difference, constant, chosen;
};
template <class S> Wanted wanted(const std::vector<S>& x, const std::vector<S>& w) {
  double max = static_cast<double>(gt::lowest<S>), min = static_cast<double>(gt::highest<S>), sum = 0, products = 0,
         choice = 0, product = 1, above = 0;
  Wanted all;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto v = static_cast<double>(x[i]), u = static_cast<double>(w[i]);
    max = std::max(max, v);
    min = std::min(min, v);
    sum += v;
    products += v * u;
    choice += v > 2 ? 1 : 4;
    product *= v > 4 ? v : 1;
    above += v > 2;
    all.difference.push_back(v - u);
    all.constant.push_back(5);
    all.chosen.push_back(v > 2 ? 1 : 4);
  }
  const auto count = static_cast<double>(x.size());
  const bool none = x.empty();  // then what no number is below, or above
  all.words = {count,
               max,
               min,
               none ? max : -2 * min,
               none ? min : -2 * max,
               sum,
               products,
               3 * count,
               choice,
               sum,
               3 * count,
               product,
               1,
               above};
  return all;
}

// Small whole numbers, of which every word's answer is exact; few of them above 4, so that their product is.
template <class S> std::vector<S> some(std::int64_t count, int step) {
  std::vector<S> x;
  for (std::int64_t i = 0; i < count; ++i) x.push_back(static_cast<S>(i % 37 == 3 ? 5 : (i * step) % 9 - 4));
  return x;
}
constexpr std::int64_t lengths[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 140};

template <class S, int Bytes> void expect_dense() {
  if (Bytes == 64 && gt::cpu_level() < 2) return;
  for (const std::int64_t columns : lengths) {
    SCOPED_TRACE(columns);
    auto x = some<S>(columns, 7), w = some<S>(columns, 4);
    const Wanted by_hand = wanted(x, w);
    x.resize(static_cast<std::size_t>(columns) + 64);  // packs may be read behind a row
    w.resize(x.size());
    std::vector<S> results[3] = {x, x, x};
    using Row = gt::DenseRow<S, Bytes>;
    const Row rows[2] = {{x.data(), columns}, {w.data(), columns}};
    Row out[3] = {{results[0].data(), columns}, {results[1].data(), columns}, {results[2].data(), columns}};

    const auto words = results_of<Bytes>(rows[0], rows[1], out);

    for (std::size_t k = 0; k < words.size(); ++k) EXPECT_EQ(static_cast<double>(words[k].v), by_hand.words[k]) << k;
    for (std::size_t i = 0; i < static_cast<std::size_t>(columns); ++i) {
      EXPECT_EQ(static_cast<double>(results[0][i]), by_hand.difference[i]);
      EXPECT_EQ(static_cast<double>(results[1][i]), by_hand.constant[i]);
      EXPECT_EQ(static_cast<double>(results[2][i]), by_hand.chosen[i]);
    }
  }
}

template <class V> void expect_lanes() {
  if (sizeof(V) == 64 && gt::cpu_level() < 2) return;
  using S = typename gt::Lanes<V>::S;
  constexpr int lanes = gt::Lanes<V>::count;
  for (const std::int64_t columns : lengths) {
    SCOPED_TRACE(columns);
    const auto one = some<S>(columns, 7), other = some<S>(columns, 4);
    const Wanted by_hand = wanted(one, other);
    std::vector<S> x, w;
    for (std::size_t i = 0; i < one.size(); ++i)
      for (int k = 0; k < lanes; ++k) x.push_back(one[i]), w.push_back(other[i]);
    std::vector<S> results[3] = {x, x, x};
    using Row = gt::LaneRow<V>;
    auto row_at = [&](std::vector<S>& data) { return Row{data.data(), columns, lanes, data.data() + data.size()}; };
    Row out[3] = {row_at(results[0]), row_at(results[1]), row_at(results[2])};

    // Aligned here: without AVX-512 the compiler gives the type of such packs the alignment of smaller ones.
    alignas(64) const auto words = results_of<sizeof(V)>(row_at(x), row_at(w), out);

    for (int lane = 0; lane < lanes; ++lane) {
      for (std::size_t k = 0; k < words.size(); ++k)
        EXPECT_EQ(static_cast<double>(words[k].v[lane]), by_hand.words[k]) << k;
      for (std::size_t i = 0; i < one.size(); ++i) {
        const std::size_t place = i * lanes + static_cast<std::size_t>(lane);
        EXPECT_EQ(static_cast<double>(results[0][place]), by_hand.difference[i]);
        EXPECT_EQ(static_cast<double>(results[1][place]), by_hand.constant[i]);
        EXPECT_EQ(static_cast<double>(results[2][place]), by_hand.chosen[i]);
      }
    }
  }
}

// Rows of a tensor: alone, two in a matrix, or one number of rank 0. What they say is of their type.
void expect_tensors(gt::DType type, const gt::Shape& shape) {
  const std::int64_t columns = shape.rank() ? shape[shape.rank() - 1] : 1,
                     rows = columns ? gt::count_of(shape) / columns : 1;
  const auto one = some<double>(columns, 7), other = some<double>(columns, 4);
  const Wanted by_hand = wanted(one, other);
  auto tensor_of = [&](const std::vector<double>& row) {
    return gt::expand(gt::tensor(row, shape.rank() ? gt::Shape{columns} : gt::Shape{}), shape).to(type);
  };
  const gt::TensorRow x{tensor_of(one)}, w{tensor_of(other)};
  gt::TensorRow out[3] = {x, x, x};

  const auto words = results_of<0>(x, w, out);

  for (std::size_t k = 0; k < words.size(); ++k) {
    const gt::Tensor said = words[k] * gt::ones({1}, {.dtype = type});
    EXPECT_EQ(said.dtype(), type) << k;
    for (const double value : said.to_vector<double>()) EXPECT_EQ(value, by_hand.words[k]) << k;
  }
  const std::vector<double>* assigned[] = {&by_hand.difference, &by_hand.constant, &by_hand.chosen};
  for (int k = 0; k < 3; ++k) {
    EXPECT_EQ(out[k].tensor.dtype(), type);
    EXPECT_EQ(out[k].tensor.shape(), x.tensor.shape());
    std::vector<double> all;
    for (std::int64_t r = 0; r < (columns ? rows : 0); ++r)
      all.insert(all.end(), assigned[k]->begin(), assigned[k]->end());
    EXPECT_EQ(out[k].tensor.to_vector<double>(), all);
  }
}

TEST(RowWords, SayOfDenseRowsWhatALoopSays) {
  expect_dense<float, 16>();
  expect_dense<float, 32>();
  expect_dense<float, 64>();
  expect_dense<double, 16>();
  expect_dense<double, 32>();
  expect_dense<double, 64>();
  expect_dense<std::int64_t, 8>();
}
TEST(RowWords, SayOfRowsInLanesWhatALoopSays) {
  expect_lanes<gt::Vec<float, 4>>();
  expect_lanes<gt::Vec<float, 16>>();
  expect_lanes<gt::Vec<double, 2>>();
  expect_lanes<gt::Vec<double, 8>>();
}
TEST(RowWords, SayOfTensorsWhatALoopSays) {
  for (const gt::DType type : {gt::float32, gt::float64}) {
    expect_tensors(type, {});
    expect_tensors(type, {1});
    expect_tensors(type, {0});
    expect_tensors(type, {3, 0});
    for (const std::int64_t columns : lengths) {
      SCOPED_TRACE(columns);
      expect_tensors(type, {columns});
      expect_tensors(type, {2, columns});
    }
  }
}

TEST(RowWords, CountMoreThanAFloatCountsOneByOne) {
  constexpr std::int64_t many = (1 << 24) + 8;
  float numbers[4] = {1, 1, 1, 0};
  const gt::LaneRow<gt::Vec<float, 4>> same{numbers, many, 0, numbers + 4};

  const auto count = same.count_where([](auto v) GT_INLINE { return v == decltype(v)(1); });

  EXPECT_EQ(count.v[0], static_cast<float>(many));
  EXPECT_EQ(count.v[3], 0);
}

TEST(RowWords, SayTheLogOfATotalOfTensorsToo) {
  const auto x = gt::tensor({{1.0, 3.0, 3.0}, {-40.0, 0.0, 2.0}});

  const auto of = gt::TensorRow{x}.log_total();

  EXPECT_THAT(of.top, near({3, 2}, 0));
  EXPECT_THAT(x - of.top - of.log_total, near(gt::log_softmax(x), 1e-15));
}

}  // namespace
