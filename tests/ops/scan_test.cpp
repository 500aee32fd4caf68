// Scans: running sums, products and extremes, and what is made of them.
#include <cstdint>
#include <functional>

#include "tests/support/near.h"

namespace {

const double inf = INFINITY, nan = NAN;

// Calls each(elements of a row, in order) for each row along a dimension, from the end where it is reversed.
void each_row(const gt::Shape& shape, gt::Along along, const std::function<void(std::vector<std::size_t>)>& each) {
  std::size_t inner = 1, outer = 1;
  const auto columns = static_cast<std::size_t>(shape[along.dim]);
  for (int d = 0; d < along.dim; ++d) outer *= static_cast<std::size_t>(shape[d]);
  for (int d = along.dim + 1; d < shape.rank(); ++d) inner *= static_cast<std::size_t>(shape[d]);
  for (std::size_t row = 0; row < outer * inner; ++row) {
    std::vector<std::size_t> elements;
    for (std::size_t c = 0; c < columns; ++c)
      elements.push_back((row / inner * columns + (along.reverse ? columns - 1 - c : c)) * inner + row % inner);
    each(elements);
  }
}
// A run, a group and a tile less one, whole and more by one; rows in lanes, and side by side.
void each_scan(const std::function<void(const gt::Shape& shape, gt::Along along)>& check) {
  for (const auto& shape :
       std::vector<gt::Shape>{{1},      {15},      {16},      {17},       {255},       {256},    {257},
                              {4095},   {4096},    {4097},    {9000},     {3, 10},     {20, 49}, {37, 200},
                              {5, 300}, {2, 5000}, {300, 19}, {4200, 33}, {9, 300, 3}, {600, 1}, {3, 1, 700}})
    for (int dim = 0; dim < shape.rank(); ++dim)
      for (const bool reverse : {false, true}) check(shape, {dim, reverse});
}
gt::Tensor numbers(const gt::Shape& shape, gt::DType type) {
  gt::Generator generator(7);
  return gt::is_floating(type) ? (gt::rand(shape, generator, {.dtype = gt::float64}) * 4 - 1.5).to(type)
                               : gt::randint(-1000, 1000, shape, generator, {.dtype = type});
}
template <class Op>
gt::Tensor scanned(const gt::Tensor& x, gt::Along along) {
  return gt::scan(Op{}, x, along, gt::Location::current());
}

TEST(Cumsum, OfAnyShapeIsTheSerialSumRoundedOnce) {
  each_scan([](const gt::Shape& shape, gt::Along along) {
    for (const auto type : {gt::float32, gt::float64, gt::int64}) {
      const gt::Tensor x = numbers(shape, type);
      const auto in = x.to_vector<double>(), got = scanned<gt::Cumsum>(x, along).to_vector<double>();
      const double rounding = type == gt::float32 ? 0x1p-24 : type == gt::float64 ? 0x1p-53 : 0;
      int wrong = 0;
      each_row(shape, along, [&](const std::vector<std::size_t>& row) {
        long double sum = 0;
        for (const std::size_t i : row) {
          sum += static_cast<long double>(in[i]);
          const auto off = std::abs(static_cast<double>(static_cast<long double>(got[i]) - sum));
          wrong += !(off <= 1.001 * rounding * std::abs(static_cast<double>(sum)) + 1e-25);
        }
      });
      EXPECT_EQ(wrong, 0) << gt::to_string(shape) << " along " << along.dim << (along.reverse ? ", reversed, " : " ")
                          << gt::name_of(type);
    }
  });
}

TEST(Cumsum, OfAMillionTenthsIsExactInEachPlace) {
  const auto y = gt::cumsum(gt::full({1000000}, 0.1f), 0);
  int wrong = 0;
  for (std::int64_t i = 0; i < y.numel(); ++i)  // a double holds the product
    wrong += y.data<float>()[i] != static_cast<float>(static_cast<double>(i + 1) * static_cast<double>(0.1f));
  EXPECT_EQ(wrong, 0);
}

TEST(Cumsum, OfDoublesKeepsWhatRoundingLoses) {
  EXPECT_THAT(gt::cumsum(gt::tensor({1e16, 1.0, 1.0, -1e16}), 0), near({1e16, 1e16, 1e16 + 2, 2}, 0));
}

TEST(Cumsum, OfIntegersAndBoolIsInt64UnlessATypeIsGiven) {
  const auto ones = gt::tensor({true, true, false, true});
  EXPECT_EQ(gt::cumsum(ones, 0).dtype(), gt::int64);
  EXPECT_THAT(gt::cumsum(ones, 0), near({1, 2, 2, 3}));
  EXPECT_EQ(gt::cumsum(gt::tensor({1, 2}), 0).dtype(), gt::int64);
  EXPECT_EQ(gt::cumsum(gt::tensor({1, 2}), 0, gt::int32).dtype(), gt::int32);
  EXPECT_EQ(gt::cumsum(gt::tensor({1, 2}), 0, gt::float64).dtype(), gt::float64);
  EXPECT_THAT(gt::cumsum(gt::tensor({0.5, 0.75}), 0, gt::int64), near({0, 0}));
  const auto large = gt::tensor<std::int64_t>({std::int64_t(1) << 62, 3});
  EXPECT_EQ(gt::cumsum(large, 0).data<std::int64_t>()[1], (std::int64_t(1) << 62) + 3);
  EXPECT_EQ(gt::cumsum(gt::ones({3}, {.dtype = gt::float16}), 0).dtype(), gt::float16);
}

TEST(Cumsum, GoesAlongANumberAndThroughNothing) {
  EXPECT_THAT(gt::cumsum(gt::scalar(3.0), 0), near({3}));
  EXPECT_EQ(gt::cumsum(gt::scalar(3.0), -1).dim(), 0);
  EXPECT_EQ(gt::cumsum(gt::zeros({2, 0}), 1).shape(), (gt::Shape{2, 0}));
  EXPECT_THROW(gt::cumsum(gt::zeros({2, 3}), 2), gt::IndexError);
}

TEST(Scans, DoNotDependOnTheNumberOfThreads) {
  const int before = gt::num_threads();
  for (const auto& shape : {gt::Shape{100000}, gt::Shape{3, 40000}, gt::Shape{2000, 130}, gt::Shape{500, 1100}}) {
    const gt::Tensor x = numbers(shape, gt::float32), y = numbers(shape, gt::float64) / 3;
    auto all = [&] {
      std::vector<gt::Tensor> results;
      for (const int dim : {0, -1})
        for (const gt::Tensor& t : {gt::cumsum(x, dim), gt::cumsum(y, dim), gt::logcumsumexp(x, dim),
                                    gt::linear_recurrence(y, y, dim), gt::cummax(x, dim).indices})
          results.push_back(t);
      return results;
    };
    gt::set_num_threads(1);
    const auto alone = all();
    gt::set_num_threads(2);
    const auto together = all();
    for (std::size_t i = 0; i < alone.size(); ++i)
      EXPECT_TRUE(gt::all(alone[i] == together[i]).item<bool>()) << gt::to_string(shape) << " result " << i;
  }
  gt::set_num_threads(before);
}

TEST(Scans, OfRowsAndOfColumnsHaveTheSameBits) {
  // Rows from end to end, sixteen at once, and those that are left.
  for (const auto& shape : {gt::Shape{13, 5001}, gt::Shape{37, 600}, gt::Shape{16, 33}, gt::Shape{19, 7}})
    for (const auto type : {gt::float32, gt::float64})
      for (const bool reverse : {false, true}) {
        const gt::Tensor x = numbers(shape, type), columns = gt::transpose(x, 0, 1).contiguous();
        const auto check = [&]<class Op>(Op) {
          const gt::Tensor of_rows = scanned<Op>(x, {1, reverse}),
                           of_columns = gt::transpose(scanned<Op>(columns, {0, reverse}), 0, 1);
          EXPECT_TRUE(gt::all(of_rows == of_columns).item<bool>())
              << Op::name << " of " << gt::to_string(shape) << (reverse ? ", reversed" : "");
        };
        check(gt::Cumsum()), check(gt::Cumprod()), check(gt::Logcumsumexp()), check(gt::Cummax());
      }
}

TEST(Scans, GoBackAlikeWhenTheirBackwardPassIsRecorded) {
  for (const auto& shape :
       {gt::Shape{1}, gt::Shape{40000}, gt::Shape{50, 300}, gt::Shape{3, 1, 70}, gt::Shape{2, 9, 40}})
    for (const auto type : {gt::float32, gt::float64})
      for (int dim = 0; dim < shape.rank(); ++dim)
        for (const bool reverse : {false, true}) {
          const auto a = (numbers(shape, type) / 3).detach().requires_grad_(),
                     b = numbers(shape, type).requires_grad_();
          const gt::Tensor seed = numbers(shape, type) + 0.25;
          gt::Tape tape;
          const auto check = [&](const char* name, const gt::Tensor& y, const std::vector<gt::Tensor>& inputs) {
            const auto once = gt::grad(std::vector{y}, inputs, {.retain_graph = true, .seeds = {seed}}),
                       recorded = gt::grad(std::vector{y}, inputs, {.create_graph = true, .seeds = {seed}});
            for (std::size_t i = 0; i < inputs.size(); ++i)
              EXPECT_TRUE(gt::all(once[i] == recorded[i]).item<bool>())
                  << name << " " << gt::to_string(shape) << " along " << dim << (reverse ? ", reversed" : "");
          };
          const gt::Along along{dim, reverse};
          check("cumprod", scanned<gt::Cumprod>(a, along), {a});
          check("logcumsumexp", scanned<gt::Logcumsumexp>(a, along), {a});
          const auto h = gt::scan(gt::LinearRecurrence{}, a, b, along, gt::Location::current());
          check("linear_recurrence", h, {a, b});
          check("linear_recurrence of one", h, {b});
        }
}

TEST(Cumprod, HasTheRightGradientWithAnyNumberOfZeros) {
  // d/dx1 = x0 (1 + x2 + x2 x3 + …), and so on: behind the second zero nothing is left.
  for (const auto& [x, wanted] :
       std::vector<std::pair<std::vector<double>, std::vector<double>>>{{{2, 0, 3, 0, 4}, {1, 8, 0, 0, 0}},
                                                                        {{2, 3, 0, 4, 5}, {4, 2, 150, 0, 0}},
                                                                        {{0, 0, 1}, {1, 0, 0}},
                                                                        {{3}, {1}}}) {
    const auto leaf = gt::tensor(x, {static_cast<std::int64_t>(x.size())}).requires_grad_();
    gt::Tape tape;
    const auto gradient = gt::grad(gt::sum(gt::cumprod(leaf, 0)), leaf);
    EXPECT_EQ(gradient.to_vector<double>(), wanted);
  }
  const auto call = [](const std::vector<gt::Tensor>& x) { return gt::cumprod(x[0], 1); };
  const auto zeros = gt::tensor({{2.0, 0.0, 3.0, 0.0, 4.0}, {0.0, 0.5, 1.5, 2.0, -1.0}});
  EXPECT_TRUE(gt::gradcheck(call, {zeros}).ok);
  EXPECT_TRUE(gt::gradgradcheck(call, {zeros}).ok);
}

TEST(Cumprod, OfIntegersWrapsAndComesBackFromBeyondFloat32) {
  EXPECT_THAT(gt::cumprod(gt::tensor({1, 2, 3, 4}), 0), near({1, 2, 6, 24}));
  EXPECT_EQ(gt::cumprod(gt::tensor({true, false}), 0).dtype(), gt::int64);
  EXPECT_THAT(gt::cumprod(gt::tensor({1e30f, 1e30f, 1e-30f}), 0), near({1e30, inf, 1e30}));
  EXPECT_THAT(gt::cumprod(gt::tensor({2.5, 3.5}), 0, gt::int64), near({2, 6}));
  EXPECT_EQ(gt::cumprod(gt::tensor({1, 2}), 0, gt::int32).dtype(), gt::int32);
}

TEST(Logcumsumexp, OverflowsNowhereAndStartsFromNothing) {
  EXPECT_THAT(
      gt::logcumsumexp(gt::tensor({1000.0, 1001.0, 999.0}), 0),
      near({1000, 1001 + std::log1p(std::exp(-1.0)), 1001 + std::log(1 + std::exp(-1.0) + std::exp(-2.0))}, 1e-15));
  EXPECT_THAT(gt::logcumsumexp(gt::tensor({-inf, -inf, 0.0, 0.0, -inf, inf, inf, 1.0}), 0),
              near({-inf, -inf, 0, std::log(2), std::log(2), inf, inf, inf}, 1e-15));
  EXPECT_THAT(gt::logcumsumexp(gt::tensor({1.0, nan, 2.0}), 0), near({1, nan, nan}));
}

TEST(Logcumsumexp, HasAGradientOf0WhereAllAreMinusInfinity) {
  const auto x = gt::tensor({-inf, -inf, 0.0, 0.0, -inf}).requires_grad_();
  gt::Tape tape;
  const auto slope = gt::grad(gt::sum(gt::logcumsumexp(x, 0)), x, {.create_graph = true});
  // Of the third log-sum all is x2, of the others half.
  EXPECT_THAT(slope, near({0, 0, 2, 1, 0}, 1e-15));
  EXPECT_THAT(gt::grad(gt::sum(slope * gt::tensor({1.0, 2.0, 3.0, 4.0, 5.0})), x), near({0, 0, -0.5, 0.5, 0}, 1e-15));
}

TEST(Logcumsumexp, GivesTheGradientOfAnInfinityToIt) {
  const auto x = gt::tensor({1.0, inf, 2.0}).requires_grad_();
  gt::Tape tape;
  EXPECT_THAT(gt::grad(gt::sum(gt::logcumsumexp(x, 0)), x), near({1, 2, 0}));
}

TEST(Logcumsumexp, HasDerivativesWhereGradientsAre0OrNegative) {
  const auto weigh = [](const std::vector<gt::Tensor>& x) {
    return gt::logcumsumexp(x[0], 0) * gt::tensor({0.0, -1.0, 2.0, 0.0});
  };
  const auto x = gt::tensor({1.0, -3.0, 2.0, 50.0});
  EXPECT_TRUE(gt::gradcheck(weigh, {x}).ok);
  EXPECT_TRUE(gt::gradgradcheck(weigh, {x}).ok);
}

TEST(Cummax, KeepsTheLastOfEqualsAndNan) {
  const auto x = gt::tensor({1.0, 3.0, 3.0, 2.0, nan, 5.0, nan});
  const auto [values, indices] = gt::cummax(x, 0);
  EXPECT_THAT(values, near({1, 3, 3, 3, nan, nan, nan}));
  EXPECT_THAT(indices, near({0, 1, 2, 2, 4, 4, 6}));
  EXPECT_EQ(indices.dtype(), gt::int64);
  const auto least = gt::cummin(gt::tensor({2, 2, 3, 1}), 0);
  EXPECT_THAT(least.values, near({2, 2, 2, 1}));
  EXPECT_THAT(least.indices, near({0, 1, 1, 3}));
  EXPECT_EQ(least.values.dtype(), gt::int32);
  EXPECT_THAT(gt::cummin(gt::tensor({2.0, nan, 1.0, nan}), 0).indices, near({0, 1, 1, 3}));
  EXPECT_THAT(gt::cummax(gt::scalar(2.0), 0).indices, near({0}));
}

TEST(Cummax, TellsLongIntegersApart) {
  const std::int64_t large = std::int64_t(1) << 60;
  EXPECT_THAT(gt::cummax(gt::tensor<std::int64_t>({large + 1, large, large + 2}), 0).indices, near({0, 0, 2}));
}

TEST(Cummax, OfAnyShapeNamesThePlaceOfTheLargest) {
  each_scan([](const gt::Shape& shape, gt::Along along) {
    for (const auto type : {gt::float32, gt::float64, gt::int64}) {
      const gt::Tensor x = numbers(shape, type);
      const auto in = x.to_vector<double>(), got = scanned<gt::Cummax>(x, along).to_vector<double>();
      const auto columns = shape[along.dim];
      int wrong = 0;
      each_row(shape, along, [&](const std::vector<std::size_t>& row) {
        std::int64_t step = 0, found = 0;
        double largest = -inf;
        for (const std::size_t i : row) {
          if (in[i] >= largest) largest = in[i], found = along.reverse ? columns - 1 - step : step;
          wrong += got[i] != static_cast<double>(found);
          ++step;
        }
      });
      EXPECT_EQ(wrong, 0) << gt::to_string(shape) << " along " << along.dim << " " << gt::name_of(type);
    }
  });
}

TEST(Cummax, GivesTheGradientToWhatItFound) {
  const auto x = gt::tensor({{1.0, 4.0}, {3.0, 2.0}, {3.0, 5.0}}).requires_grad_();
  gt::Tape tape;
  const auto [values, indices] = gt::cummax(x, 0);
  EXPECT_FALSE(indices.requires_grad());
  EXPECT_THAT(gt::grad(gt::sum(values * gt::tensor({{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}})), x),
              near({1, 6, 3, 0, 5, 6}));
}

TEST(LinearRecurrence, BroadcastsAndIsTheSerialOne) {
  const gt::Tensor b = numbers({3, 700}, gt::float64), h = gt::linear_recurrence(gt::scalar(0.9), b);
  const auto in = b.to_vector<double>(), got = h.to_vector<double>();
  double off = 0;
  each_row(b.shape(), {1}, [&](const std::vector<std::size_t>& row) {
    long double last = 0;
    for (const std::size_t i : row) {
      last = static_cast<long double>(0.9) * last + static_cast<long double>(in[i]);
      off = std::max(off, static_cast<double>(std::abs(last - static_cast<long double>(got[i]))));
    }
  });
  EXPECT_LT(off, 1e-14);
  EXPECT_THROW(gt::linear_recurrence(gt::ones({2}), gt::ones({3})), gt::ShapeError);
}

TEST(LinearRecurrence, StartsLateWhereFactorsOverflow) {
  auto b = gt::zeros({2000}, {.dtype = gt::float64});
  b.data<double>()[1999] = 3;
  for (const double a : {10.0, 1e30})  // over the row, and over each run
    EXPECT_EQ(gt::sum(gt::linear_recurrence(gt::scalar(a), b)).item(), 3) << a;
}

TEST(Diff, TakesDifferencesAnyNumberOfTimes) {
  const auto x = gt::tensor({1.0, 4.0, 9.0, 16.0});
  EXPECT_THAT(gt::diff(x), near({3, 5, 7}));
  EXPECT_THAT(gt::diff(x, 2), near({2, 2}));
  EXPECT_THAT(gt::diff(x, 0), near({1, 4, 9, 16}));
  EXPECT_EQ(gt::diff(x, 5).numel(), 0);
  EXPECT_THAT(gt::diff(x, 1, -1, gt::tensor({0.0}), gt::tensor({20.0, 21.0})), near({1, 3, 5, 7, 4, 1}));
  EXPECT_THAT(gt::diff(gt::tensor({{1, 2}, {4, 8}}), 1, 0), near({3, 6}));
  EXPECT_THAT(gt::diff(gt::tensor({{1, 2}, {4, 8}}), 1, 1, gt::tensor({{0}, {1}}), gt::tensor({{9}, {10}})),
              near({1, 1, 7, 3, 4, 2}));
  const auto changes = gt::diff(gt::tensor({true, true, false}));
  EXPECT_EQ(changes.dtype(), gt::boolean);
  EXPECT_THAT(changes, near({0, 1}));
  EXPECT_THROW(gt::diff(gt::scalar(1.0)), gt::ShapeError);
  EXPECT_THROW(gt::diff(x, -1), gt::ValueError);
  EXPECT_TRUE(gt::gradcheck([](const auto& t) { return gt::diff(t[0], 2); }, {x}).ok);
}

TEST(Trapezoid, IntegratesAlongADimension) {
  const auto y = gt::tensor({{1.0, 2.0, 4.0}, {0.0, 3.0, 3.0}});
  EXPECT_THAT(gt::trapezoid(y), near({4.5, 4.5}));
  EXPECT_THAT(gt::trapezoid(y, 2, 0), near({1, 5, 7}));
  EXPECT_THAT(gt::trapezoid(y, gt::tensor({0.0, 1.0, 3.0})), near({7.5, 7.5}));
  EXPECT_THAT(gt::cumulative_trapezoid(y), near({1.5, 4.5, 1.5, 4.5}));
  EXPECT_THAT(gt::cumulative_trapezoid(y, gt::tensor({0.0, 1.0, 3.0})), near({1.5, 7.5, 1.5, 7.5}));
  EXPECT_THAT(gt::trapezoid(y, gt::tensor({{0.0, 1.0, 3.0}, {0.0, 2.0, 3.0}})), near({7.5, 6}));
  const auto columns = gt::tensor({{1.0, 2.0}, {3.0, 4.0}, {5.0, 8.0}});
  EXPECT_THAT(gt::trapezoid(columns, gt::tensor({0.0, 1.0, 3.0}), 0), near({10, 15}));
  EXPECT_THAT(gt::cumulative_trapezoid(columns, 2, 0), near({4, 6, 12, 18}));
  EXPECT_THAT(gt::trapezoid(gt::ones({1})), near({0}));
  EXPECT_THROW(gt::trapezoid(y, gt::ones({2})), gt::ShapeError);
}

}  // namespace
