// How often numbers come. Expected numbers of histograms: NumPy's np.histogram of the same arrays.
#include "tests/cuda/device.h"

namespace {

class CudaBincount : public Cuda {};

const double nan = NAN, inf = HUGE_VAL;

gt::Tensor draws(std::int64_t count, double end) { return walk({count}, gt::between(0, end)).to(gt::int64); }

TEST(Bincount, CountsEachNumberFromZeroOn) {
  const auto counts = gt::bincount(gt::tensor({3, 0, 1, 3, 3}));
  EXPECT_THAT(counts, near({1, 1, 0, 3}));
  EXPECT_EQ(counts.dtype(), gt::int64);
  EXPECT_THAT(gt::bincount(gt::tensor({1, 1}), {}, 4), near({0, 2, 0, 0}));
  EXPECT_THAT(gt::bincount(gt::tensor({4, 1}).to(gt::uint8), {}, 2), near({0, 1, 0, 0, 1}));
  EXPECT_EQ(gt::bincount(gt::empty({0}, {.dtype = gt::int64})).shape(), gt::Shape{0});
  EXPECT_THAT(gt::bincount(gt::empty({0}, {.dtype = gt::int64}), {}, 2), near({0, 0}));
}

TEST(Bincount, AddsUpWeightsAndPassesTheirGradient) {
  const auto x = gt::tensor({2, 0, 2}), weights = gt::tensor({0.5, 1.5, 2.0}).requires_grad_();
  gt::Tape tape;
  const auto sums = gt::bincount(x, weights, 4);
  EXPECT_THAT(sums, near({1.5, 0, 2.5, 0}));
  EXPECT_EQ(sums.dtype(), gt::float64);
  EXPECT_THAT(gt::grad(gt::sum(sums * gt::tensor({1.0, 2.0, 3.0, 4.0})), weights), near({3, 1, 3}));
  EXPECT_EQ(gt::bincount(x, gt::tensor({1, 2, 3})).dtype(), gt::float64);
  EXPECT_EQ(gt::bincount(x, gt::tensor({1.f, 2.f, 3.f})).dtype(), gt::float32);
}

TEST(Bincount, RefusesWhatItCannotCount) {
  EXPECT_ERROR(ValueError, gt::bincount(gt::tensor({1, -2})),
               "bincount: -2 is counted, and numbers are from 0 on\n  tensor  [2]  int32  cpu");
  EXPECT_THROW(gt::bincount(gt::tensor({1.0})), gt::DTypeError);
  EXPECT_THROW(gt::bincount(gt::tensor({{1, 2}})), gt::ShapeError);
  EXPECT_THROW(gt::bincount(gt::tensor({1, 2}), gt::ones({3})), gt::ShapeError);
  EXPECT_THROW(gt::bincount(gt::tensor({1, 2}), {}, -1), gt::ValueError);
  EXPECT_THROW(gt::capture({{"x", gt::tensor({1, 2})}},
                           [](const gt::Inputs& in) { return gt::bincount(in["x"]).to(gt::float32); }),
               gt::TapeError);
}

TEST(Histogram, BinsHoldTheirLowerEdgeAndTheLastItsUpper) {
  const auto x = gt::tensor({{0.0, 0.25, 0.5}, {1.0, 0.99, nan}});
  const auto [hist, edges] = gt::histogram(x, 4, {.range = gt::between(0, 1)});
  EXPECT_THAT(hist, near({1, 1, 1, 2}));
  EXPECT_EQ(hist.dtype(), gt::float64);
  EXPECT_THAT(edges, near({0, 0.25, 0.5, 0.75, 1}));
}

TEST(Histogram, OfGivenEdgesLeavesOutWhatLiesBeyond) {
  const auto x = gt::tensor({-1.0, 1.0, 2.0, 3.5, 7.0, inf, 4.0});
  EXPECT_THAT(gt::histogram(x, gt::tensor({1.0, 2.0, 4.0})).hist, near({1, 3}));
}

TEST(Histogram, IsWeighedAndMadeADensity) {
  const auto x = gt::tensor({0.5, 1.5, 1.75, 3.0}), edges = gt::tensor({0.0, 1.0, 2.0, 4.0});
  const auto weight = gt::tensor({1.0, 2.0, 3.0, 4.0});
  EXPECT_THAT(gt::histogram(x, edges, {.weight = weight}).hist, near({1, 5, 4}));
  EXPECT_THAT(gt::histogram(x, edges, {.weight = weight, .density = true}).hist, near({0.1, 0.5, 0.2}));
  EXPECT_THAT(gt::histogram(x, edges, {.density = true}).hist, near({0.25, 0.5, 0.125}));
}

TEST(Histogram, WithoutARangeIsBetweenTheLeastAndTheLargest) {
  EXPECT_THAT(gt::histogram(gt::tensor({1.0, 2.0, 3.0}), 2).bin_edges, near({1, 2, 3}));
  EXPECT_THAT(gt::histc(gt::tensor({1.0, 2.0, 3.0}), 2), near({1, 2}));
  EXPECT_THAT(gt::histc(gt::tensor({5.0, 5.0}), 2), near({0, 2}));  // between 4 and 6
  EXPECT_THAT(gt::histc(gt::zeros({0}), 3), near({0, 0, 0}));
  EXPECT_THAT(gt::histc(gt::tensor({1.f, 2.f, 1.f}), 4, 0, 3), near({0, 2, 1, 0}));
  EXPECT_EQ(gt::histc(gt::ones({2}), 4, 0, 3).dtype(), gt::float32);
}

TEST(Histogram, RefusesBinsAndRangesThatAreNone) {
  EXPECT_THROW(gt::histc(gt::ones({2}), 0), gt::ValueError);
  EXPECT_THROW(gt::histc(gt::ones({2}), 2, 1, 0), gt::ValueError);
  EXPECT_THROW(gt::histc(gt::tensor({1.0, inf}), 2), gt::ValueError);
  EXPECT_THROW(gt::histc(gt::tensor({1, 2}), 2), gt::DTypeError);
  EXPECT_THROW(gt::histogram(gt::ones({2}), gt::ones({1})), gt::ShapeError);
  EXPECT_THROW(gt::histogram(gt::ones({2}), 2, {.weight = gt::ones({3})}), gt::ShapeError);
}

TEST_F(CudaBincount, AgreesWithTheCpu) {
  for (const double end : {5.0, 3000.0}) {  // few places are counted in a block's own memory
    const auto x = draws(10000, end);
    EXPECT_THAT(gt::bincount(x.to(cuda)), the_same_as(gt::bincount(x)));
    const auto weights = walk({10000}, gt::between(0, 1), 1);
    EXPECT_THAT(gt::bincount(x.to(cuda), weights.to(cuda)), the_same_as(gt::bincount(x, weights)));
  }
  const auto x = walk({1000});
  EXPECT_THAT(gt::histc(x.to(cuda), 10), the_same_as(gt::histc(x, 10)));
  EXPECT_THROW(gt::bincount(gt::tensor({3, -1}).to(cuda)), gt::ValueError);
}

}  // namespace
