// Which numbers there are, each once.
#include <map>

#include "tests/cuda/device.h"

namespace {

class CudaUnique : public Cuda {};

const double nan = NAN, inf = HUGE_VAL;

TEST(Unique, GivesEachNumberOnceInOrderWithItsPlacesAndCounts) {
  const auto x = gt::tensor({{3, -1, 3}, {7, 3, -1}});
  const auto [values, inverse, counts] = gt::unique(x, true, true, true);
  EXPECT_THAT(values, near({-1, 3, 7}));
  EXPECT_THAT(inverse, near({1, 0, 1, 2, 1, 0}));
  EXPECT_EQ(inverse.shape(), x.shape());
  EXPECT_THAT(counts, near({2, 3, 1}));
  EXPECT_EQ(values.dtype(), gt::int32);
  EXPECT_EQ(inverse.dtype(), gt::int64);
  EXPECT_EQ(counts.dtype(), gt::int64);
}

TEST(Unique, GivesWhatIsAskedFor) {
  const auto found = gt::unique(gt::tensor({2.0, 1.0}));
  EXPECT_FALSE(found.inverse.defined());
  EXPECT_FALSE(found.counts.defined());
  EXPECT_TRUE(gt::unique(gt::tensor({2.0, 1.0}), false, true).inverse.defined());
  EXPECT_TRUE(gt::unique_consecutive(gt::tensor({2.0, 1.0}), false, true).counts.defined());
}

TEST(Unique, ConsecutiveKeepsRunsAsTheyCome) {
  const auto [values, inverse, counts] = gt::unique_consecutive(gt::tensor({{2, 2}, {2, 0}, {0, 2}}), true, true);
  EXPECT_THAT(values, near({2, 0, 2}));
  EXPECT_THAT(inverse, near({0, 0, 0, 1, 1, 2}));
  EXPECT_EQ(inverse.shape(), (gt::Shape{3, 2}));
  EXPECT_THAT(counts, near({3, 2, 1}));
  EXPECT_THAT(gt::unique_consecutive(gt::transpose(gt::tensor({{1, 2}, {1, 2}}), 0, 1)).values, near({1, 2}));
}

TEST(Unique, CountsZerosTogetherAndEachNanApart) {
  const auto [values, inverse, counts] = gt::unique(gt::tensor({nan, 0.0, inf, -0.0, nan, -inf}), true, true, true);
  EXPECT_THAT(values, near({-inf, 0, inf, nan, nan}));
  EXPECT_THAT(inverse, near({3, 1, 2, 1, 4, 0}));
  EXPECT_THAT(counts, near({1, 2, 1, 1, 1}));
}

TEST(Unique, AgreesWithAMapOfManyNumbersOfAllTypes) {
  for (const auto type : {gt::float32, gt::float64, gt::int64, gt::int32, gt::uint8, gt::boolean, gt::float16}) {
    const auto x = gt::floor(walk({10000}, gt::between(0, 200))).to(type);
    std::map<double, int> there;
    for (const double number : x.to_vector<double>()) ++there[number];
    const auto [values, inverse, counts] = gt::unique(x, true, true, true);
    std::vector<double> keys, times;
    for (const auto& [key, count] : there) keys.push_back(key), times.push_back(count);
    EXPECT_THAT(values, elements_near(keys, 0));
    EXPECT_THAT(counts, elements_near(times, 0));
    EXPECT_THAT(gt::index_select(values, 0, inverse), the_same_as(x));
  }
}

TEST(Unique, OfNothingIsNothing) {
  const auto [values, inverse, counts] = gt::unique(gt::zeros({2, 0}), true, true, true);
  EXPECT_EQ(values.shape(), gt::Shape{0});
  EXPECT_EQ(inverse.shape(), (gt::Shape{2, 0}));
  EXPECT_EQ(counts.shape(), gt::Shape{0});
  EXPECT_THAT(gt::unique(gt::scalar(4.0)).values, near({4}));
}

TEST(Unique, GivesTheGradientToTheFirstOfEach) {
  const auto x = gt::tensor({2.0, 1.0, 2.0, 1.0}).requires_grad_();
  gt::Tape tape;
  EXPECT_THAT(gt::grad(gt::sum(gt::unique(x).values * gt::tensor({3.0, 5.0})), x), near({5, 3, 0, 0}));
  const auto cubes = [](const auto& in) { return gt::pow(gt::unique(in[0]).values, 3); };
  const auto once = gt::gradcheck(cubes, {walk({7})}), twice = gt::gradgradcheck(cubes, {walk({7})});
  EXPECT_TRUE(once) << once.text;
  EXPECT_TRUE(twice) << twice.text;
}

TEST(Unique, IsRefusedInsideACapturedStep) {
  try {
    gt::capture({{"x", gt::ones({3})}}, [](const gt::Inputs& in) { return gt::unique(in["x"]).values; });
    FAIL();
  } catch (const gt::TapeError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("unique: how many there are cannot be asked inside a captured step"));
  }
}

TEST_F(CudaUnique, AgreesWithTheCpu) {
  for (const auto type : {gt::float32, gt::float64, gt::int64, gt::uint8, gt::boolean, gt::bfloat16})
    for (const std::int64_t count : {1, 3000}) {
      const auto x = gt::floor(walk({count}, gt::between(0, 300))).to(type);
      for (const bool runs : {false, true}) {
        auto found = [&](const gt::Tensor& in) {
          return runs ? gt::unique_consecutive(in, true, true) : gt::unique(in, true, true, true);
        };
        const auto wanted = found(x), got = found(x.to(cuda));
        EXPECT_THAT(got.values, the_same_as(wanted.values));
        EXPECT_THAT(got.inverse, the_same_as(wanted.inverse));
        EXPECT_THAT(got.counts, the_same_as(wanted.counts));
      }
    }
  EXPECT_THAT(gt::unique(gt::tensor({nan, 1.0, nan}).to(cuda)).values, near({1, nan, nan}));
}

}  // namespace
