// Rows in order, and where their elements stood.
#include <algorithm>
#include <numeric>
#include <random>

#include "tests/cuda/device.h"

namespace {

class CudaSort : public Cuda {};

const double nan = NAN, inf = HUGE_VAL;
constexpr gt::DType all_types[] = {gt::float32, gt::float64, gt::int64,   gt::int32,
                                   gt::uint8,   gt::boolean, gt::float16, gt::bfloat16};

// Numbers with many equals, negative and large, and where the type has them NaN, infinities and both zeros.
gt::Tensor mixed(const gt::Shape& shape, gt::DType type, unsigned seed = 1) {
  std::mt19937 random(seed);
  const double odd[] = {nan, -nan, inf, -inf, 0.0, -0.0, 1e-30, -1e-30, 3.5};
  auto x = gt::empty(shape, {.dtype = gt::float64});
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    const auto draw = random();
    double number = static_cast<double>(draw % 2001) - 1000;
    if (type == gt::uint8) number = draw % 256;
    else if (type == gt::boolean) number = draw % 2;
    else if (type == gt::int32 || type == gt::int64) number *= draw % 3 ? 1 : 1e6;
    else if (draw % 5 == 0) number = odd[draw / 5 % std::size(odd)];
    else number /= 7;
    x.data<double>()[i] = number;
  }
  return x.to(type);
}

// Where std::stable_sort puts the elements of each row, NaN above all.
std::vector<double> places_of(const gt::Tensor& rows, bool descending) {
  const auto x = rows.to_vector<double>();
  const auto columns = rows.size(-1);
  std::vector<double> all;
  for (std::int64_t first = 0; first < rows.numel(); first += columns) {
    std::vector<std::int64_t> places(static_cast<std::size_t>(columns));
    std::iota(places.begin(), places.end(), 0);
    std::stable_sort(places.begin(), places.end(), [&](std::int64_t i, std::int64_t j) {
      double a = x[static_cast<std::size_t>(first + i)], b = x[static_cast<std::size_t>(first + j)];
      if (descending) std::swap(a, b);
      return std::isnan(b) ? !std::isnan(a) : a < b;
    });
    all.insert(all.end(), places.begin(), places.end());
  }
  return all;
}

// Are these the same to the sign of zero?
bool same_signs(const gt::Tensor& a, const gt::Tensor& b) {
  const auto left = a.to_vector<double>(), right = b.to_vector<double>();
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](double x, double y) { return std::isnan(x) || std::signbit(x) == std::signbit(y); });
}

TEST(Sort, PutsRowsOfEveryTypeAndLengthWhereStableSortDoes) {
  for (const auto type : all_types)
    for (const std::int64_t columns : {1, 2, 3, 31, 127, 128, 129, 1000, 40000})
      for (const bool descending : {false, true}) {
        SCOPED_TRACE(std::string(gt::name_of(type)) + " " + std::to_string(columns) +
                     (descending ? " descending" : ""));
        const auto x = mixed({3, columns}, type);
        const auto [values, indices] = gt::sort(x, -1, descending);
        EXPECT_THAT(indices, elements_near(places_of(x, descending), 0));
        EXPECT_EQ(values.dtype(), type);
        EXPECT_EQ(indices.dtype(), gt::int64);
        const auto picked = gt::gather(x, 1, indices);
        EXPECT_THAT(values, the_same_as(picked));
        EXPECT_TRUE(same_signs(values, picked));
      }
}

TEST(Sort, OfAMillionIsInOrder) {
  for (const auto type : {gt::float32, gt::float64, gt::int64}) {
    const auto x = mixed({std::int64_t(1) << 20}, type);
    EXPECT_THAT(gt::argsort(x), elements_near(places_of(x, false), 0));
  }
}

TEST(Sort, HoldsTheEndsOfIntegers) {
  const auto x = gt::tensor<std::int64_t>({3, INT64_MAX, -1, INT64_MIN, 0, INT64_MAX - 1});
  EXPECT_EQ(gt::sort(x).values.to_vector<std::int64_t>(),
            (std::vector<std::int64_t>{INT64_MIN, -1, 0, 3, INT64_MAX - 1, INT64_MAX}));
  EXPECT_THAT(gt::argsort(gt::tensor({1, INT32_MIN, INT32_MAX, -1})), near({1, 3, 0, 2}));
}

TEST(Sort, PutsNanAboveAllAndKeepsTheOrderOfEquals) {
  const auto x = gt::tensor({0.0, nan, -inf, -0.0, inf, -nan, 0.0});
  EXPECT_THAT(gt::argsort(x), near({2, 0, 3, 6, 4, 1, 5}));
  EXPECT_THAT(gt::argsort(x, 0, true), near({1, 5, 4, 0, 3, 6, 2}));
}

TEST(Sort, IsAlongAnyDimension) {
  const auto x = mixed({4, 5, 6}, gt::float32);
  for (int dim = -3; dim < 3; ++dim) {
    const auto [values, indices] = gt::sort(x, dim);
    const auto rows = gt::transpose(x, dim, 2).contiguous();
    EXPECT_EQ(values.shape(), x.shape());
    EXPECT_THAT(gt::transpose(indices, dim, 2), elements_near(places_of(rows, false), 0));
    EXPECT_THAT(values, the_same_as(gt::gather(x, dim, indices)));
  }
  EXPECT_THAT(gt::sort(gt::transpose(x, 0, 2), 1).values, the_same_as(gt::transpose(gt::sort(x, 1).values, 0, 2)));
  EXPECT_THAT(gt::msort(gt::tensor({{3, 1}, {2, 5}})), near({2, 1, 3, 5}));
}

TEST(Sort, OfNothingAndOfANumber) {
  EXPECT_EQ(gt::sort(gt::zeros({3, 0})).indices.shape(), (gt::Shape{3, 0}));
  EXPECT_EQ(gt::sort(gt::zeros({0, 3}), 0).values.shape(), (gt::Shape{0, 3}));
  const auto [value, index] = gt::sort(gt::scalar(3.0));
  EXPECT_EQ(value.item(), 3);
  EXPECT_EQ(index.item(), 0);
  EXPECT_EQ(index.dim(), 0);
}

TEST(Sort, IsTheSameForAnyNumberOfThreads) {
  const auto x = mixed({3000, 70}, gt::float32);
  const int before = gt::num_threads();
  gt::set_num_threads(1);
  const auto alone = gt::sort(x);
  gt::set_num_threads(2);
  const auto both = gt::sort(x);
  gt::set_num_threads(before);
  EXPECT_THAT(both.values, the_same_as(alone.values));
  EXPECT_THAT(both.indices, the_same_as(alone.indices));
}

TEST(Sort, BringsTheGradientBackToWhereEachCameFrom) {
  const auto x = gt::tensor({{3.0, 1.0, 1.0}, {nan, -2.0, 5.0}}).requires_grad_();
  gt::Tape tape;
  const auto [values, indices] = gt::sort(x);
  EXPECT_FALSE(indices.requires_grad());
  EXPECT_THAT(gt::grad(gt::sum(values * gt::tensor({1.0, 2.0, 3.0})), x), near({3, 1, 2, 3, 1, 2}));
}

TEST(Sort, HasDerivativesOfAnyOrder) {
  const auto weights = walk({4, 3});
  for (const bool descending : {false, true}) {
    const auto f = [&](const auto& x) { return gt::pow(gt::sort(x[0], 0, descending).values, 3) * weights; };
    const auto once = gt::gradcheck(f, {walk({4, 3})}), twice = gt::gradgradcheck(f, {walk({4, 3})});
    EXPECT_TRUE(once) << once.text;
    EXPECT_TRUE(twice) << twice.text;
  }
}

TEST(Sort, RefusesADimensionThatIsNotThere) {
  EXPECT_ERROR(IndexError, gt::sort(gt::ones({2, 3}), 2),
               "sort: there is no dimension 2\n  tensor  [2, 3]  float32  cpu\n  -2 to 1 are there.");
  EXPECT_THROW(gt::sort(gt::scalar(1.0), 1), gt::IndexError);
  EXPECT_THROW(gt::msort(gt::Tensor()), gt::ValueError);
}

TEST_F(CudaSort, AgreesWithTheCpu) {
  for (const auto type : all_types)
    for (const gt::Shape& shape : {gt::Shape{1, 3000}, gt::Shape{70, 33}, gt::Shape{3, 1}, gt::Shape{0, 4}})
      for (const bool descending : {false, true}) {
        SCOPED_TRACE(std::string(gt::name_of(type)) + gt::to_string(shape) + (descending ? " descending" : ""));
        const auto x = mixed(shape, type);
        const auto wanted = gt::sort(x, 1, descending), got = gt::sort(x.to(cuda), 1, descending);
        EXPECT_THAT(got.indices, the_same_as(wanted.indices));
        EXPECT_THAT(got.values, the_same_as(wanted.values));
        EXPECT_TRUE(same_signs(got.values, wanted.values));
      }
  const auto x = mixed({5, 6, 7}, gt::float64);
  EXPECT_THAT(gt::sort(x.to(cuda), 1).indices, the_same_as(gt::sort(x, 1).indices));
}

TEST_F(CudaSort, BringsGradientsToTheirPlaces) {
  const auto x = walk({3, 100}), weights = walk({3, 100}, gt::between(1, 2), 1);
  auto slope = [&](const gt::Tensor& at) {
    const auto leaf = at.clone().requires_grad_();
    gt::Tape tape;
    return gt::grad(gt::sum(gt::sort(leaf).values * weights.to(at.device())), leaf);
  };
  EXPECT_THAT(slope(x.to(cuda)), the_same_as(slope(x)));
}

TEST_F(CudaSort, TopKIsTheSameByChoiceAndBySorting) {
  for (const gt::Shape& shape : {gt::Shape{70, 40}, gt::Shape{2, 20000}})
    for (const std::int64_t k : {3, 30})
      for (const bool largest : {true, false}) {
        SCOPED_TRACE(gt::to_string(shape) + std::to_string(k));
        const auto x = mixed(shape, gt::float32);
        const auto wanted = gt::topk(x, k, 1, largest), got = gt::topk(x.to(cuda), k, 1, largest);
        EXPECT_THAT(got.values, the_same_as(wanted.values));
        EXPECT_THAT(got.indices, the_same_as(wanted.indices));
      }
}

}  // namespace
