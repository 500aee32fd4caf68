// Where numbers belong among sorted ones.
#include <algorithm>

#include "tests/cuda/device.h"

namespace {

class CudaSearchSorted : public Cuda {};

const double nan = NAN, inf = HUGE_VAL;

TEST(SearchSorted, CountsWhatIsBelowOrNotAbove) {
  const auto sorted = gt::tensor({1.0, 3.0, 3.0, 5.0}), values = gt::tensor({{0.0, 1.0, 3.0}, {4.0, 5.0, 6.0}});
  EXPECT_THAT(gt::searchsorted(sorted, values), near({0, 0, 1, 3, 3, 4}));
  EXPECT_THAT(gt::searchsorted(sorted, values, true), near({0, 1, 3, 3, 4, 4}));
  EXPECT_EQ(gt::searchsorted(sorted, values).shape(), values.shape());
  EXPECT_EQ(gt::searchsorted(sorted, values).dtype(), gt::int64);
  EXPECT_EQ(gt::searchsorted(sorted, gt::scalar(4.0)).item(), 3);
}

TEST(SearchSorted, LooksForEachRowInItsOwn) {
  const auto sorted = gt::tensor({{1, 2, 3}, {10, 20, 30}}), values = gt::tensor({{2, 9}, {9, 25}});
  EXPECT_THAT(gt::searchsorted(sorted, values), near({1, 3, 0, 2}));
  const auto columns = gt::transpose(gt::tensor({{1, 10}, {2, 20}, {3, 30}}), 0, 1);  // the same, not dense
  EXPECT_THAT(gt::searchsorted(columns, values), near({1, 3, 0, 2}));
}

TEST(SearchSorted, PutsNanAboveAllAndZerosTogether) {
  const auto sorted = gt::tensor({-inf, -0.0, 0.0, inf, nan}), values = gt::tensor({nan, -0.0, 0.0, inf, -inf});
  EXPECT_THAT(gt::searchsorted(sorted, values), near({4, 1, 1, 3, 0}));
  EXPECT_THAT(gt::searchsorted(sorted, values, true), near({5, 3, 3, 4, 1}));
}

void expect_bounds(const gt::Tensor& sorted, const gt::Tensor& values) {
  const auto row = sorted.to_vector<double>();
  std::vector<double> lower, upper;
  for (const double number : values.to_vector<double>()) {
    lower.push_back(static_cast<double>(std::lower_bound(row.begin(), row.end(), number) - row.begin()));
    upper.push_back(static_cast<double>(std::upper_bound(row.begin(), row.end(), number) - row.begin()));
  }
  EXPECT_THAT(gt::searchsorted(sorted, values), elements_near(lower, 0));
  EXPECT_THAT(gt::searchsorted(sorted, values, true), elements_near(upper, 0));
}

TEST(SearchSorted, AgreesWithLowerAndUpperBoundOnManyNumbersOfAllTypes) {
  for (const auto type : {gt::float32, gt::float64, gt::int64, gt::int32, gt::uint8, gt::float16, gt::bfloat16})
    for (const std::int64_t length : {1, 2, 3, 4, 6, 1000})
      expect_bounds(gt::sort(gt::floor(walk({length}, gt::between(0, 250))).to(type)).values,
                    gt::floor(walk({5001}, gt::between(0, 256))).to(type));
}

TEST(SearchSorted, BringsTypesTogether) {
  EXPECT_THAT(gt::searchsorted(gt::tensor({1, 2, 3}), gt::tensor({1.5, 3.0})), near({1, 2}));
}

TEST(SearchSorted, AmongNothingIsZero) {
  EXPECT_THAT(gt::searchsorted(gt::zeros({0}), gt::ones({2})), near({0, 0}));
  EXPECT_EQ(gt::searchsorted(gt::zeros({0, 3}), gt::zeros({0, 2})).shape(), (gt::Shape{0, 2}));
}

TEST(SearchSorted, RefusesRowsThatDoNotBelongTogether) {
  EXPECT_ERROR(ShapeError, gt::searchsorted(gt::ones({2, 3}), gt::ones({3, 3})),
               "searchsorted: sorted rows have the values' leading dimensions, or there is one\n"
               "  sorted  [2, 3]  float32  cpu\n  values  [3, 3]  float32  cpu");
  EXPECT_THROW(gt::searchsorted(gt::scalar(1.0), gt::ones({2})), gt::ShapeError);
  EXPECT_THROW(gt::bucketize(gt::ones({2}), gt::ones({1, 2})), gt::ShapeError);
}

TEST(Bucketize, PutsABoundaryIntoTheBucketBelowItOrAbove) {
  const auto boundaries = gt::tensor({1.0, 3.0, 5.0}), x = gt::tensor({0.0, 1.0, 2.0, 5.0, 9.0});
  EXPECT_THAT(gt::bucketize(x, boundaries), near({0, 0, 1, 2, 3}));
  EXPECT_THAT(gt::bucketize(x, boundaries, true), near({0, 1, 1, 3, 3}));
}

TEST(Isin, SaysWhichElementsAreAmongOthers) {
  const auto found = gt::isin(gt::tensor({{1.0, 2.0, nan}, {-0.0, 5.0, inf}}), gt::tensor({{5.0, 0.0}, {nan, 1.0}}));
  EXPECT_EQ(found.dtype(), gt::boolean);
  EXPECT_THAT(found, near({1, 0, 0, 1, 1, 0}));
  EXPECT_EQ(found.shape(), (gt::Shape{2, 3}));
  EXPECT_THAT(gt::isin(gt::tensor({1, 2}), gt::zeros({0})), near({0, 0}));
  EXPECT_EQ(gt::isin(gt::zeros({0, 2}), gt::ones({1})).shape(), (gt::Shape{0, 2}));
  EXPECT_THAT(gt::isin(gt::tensor<std::int64_t>({INT64_MAX, INT64_MAX - 1}), gt::tensor<std::int64_t>({INT64_MAX})),
              near({1, 0}));
}

TEST_F(CudaSearchSorted, AgreesWithTheCpu) {
  for (const auto type : {gt::float32, gt::float64, gt::int64, gt::uint8, gt::float16}) {
    const auto sorted = gt::sort(gt::floor(walk({3, 100}, gt::between(0, 50))).to(type)).values,
               values = gt::floor(walk({3, 70}, gt::between(-1, 51), 1)).to(type);
    for (const bool right : {false, true}) {
      EXPECT_THAT(gt::searchsorted(sorted.to(cuda), values.to(cuda), right),
                  the_same_as(gt::searchsorted(sorted, values, right)));
      const auto row = gt::select(sorted, 0, 1);
      EXPECT_THAT(gt::bucketize(values.to(cuda), row.to(cuda), right), the_same_as(gt::bucketize(values, row, right)));
    }
    EXPECT_THAT(gt::isin(values.to(cuda), sorted.to(cuda)), the_same_as(gt::isin(values, sorted)));
  }
  EXPECT_THROW(gt::searchsorted(gt::ones({2}), gt::ones({2}, {.device = cuda})), gt::DeviceError);
}

}  // namespace
