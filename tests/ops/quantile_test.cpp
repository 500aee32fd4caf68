// Medians and quantiles. The numbers of quantiles are those of numpy.quantile(x, q, axis, method).
#include "tests/cuda/device.h"

namespace {

class CudaQuantile : public Cuda {};

const double inf = INFINITY, nan = NAN;

TEST(Median, IsTheLowerOfTwo) {
  const auto x = gt::tensor({{3.0, 1.0, 4.0, 1.0}, {9.0, 2.0, 6.0, 5.0}});
  EXPECT_EQ(gt::median(x).item<double>(), 3);
  const auto rows = gt::median(x, 1);
  EXPECT_THAT(rows.values, near({1, 5}));
  EXPECT_THAT(gt::gather(x, 1, gt::unsqueeze(rows.indices, 1)), near({1, 5}));
  EXPECT_EQ(rows.indices.dtype(), gt::int64);
  const auto columns = gt::median(x, 0, true);
  EXPECT_THAT(columns.values, near({3, 1, 4, 1}));
  EXPECT_THAT(columns.indices, near({0, 0, 0, 0}));
  EXPECT_EQ(columns.values.shape(), (gt::Shape{1, 4}));
  EXPECT_EQ(columns.indices.shape(), (gt::Shape{1, 4}));
  EXPECT_THAT(gt::median(gt::tensor({5, 1, 3})), near({3}));
  EXPECT_EQ(gt::median(gt::tensor({5, 1, 3})).dtype(), gt::int32);
  EXPECT_EQ(gt::median(x.to(gt::bfloat16), 1).values.dtype(), gt::bfloat16);
}
TEST(Median, KeepsNanUnlessItsNameSaysOtherwise) {
  const auto x = gt::tensor({{1.0, nan, 3.0, 2.0}, {4.0, 3.0, 2.0, 1.0}, {nan, nan, nan, nan}});
  EXPECT_THAT(gt::median(x, 1).values, near({nan, 2, nan}));
  EXPECT_THAT(gt::median(x, 1).indices, near({1, 2, 0}));
  EXPECT_THAT(gt::nanmedian(x, 1).values, near({2, 2, nan}));
  EXPECT_THAT(gt::nanmedian(x, 1).indices, near({3, 2, 0}));
  EXPECT_TRUE(std::isnan(gt::median(x).item<double>()));
  EXPECT_EQ(gt::nanmedian(x).item<double>(), 2);
}
TEST(Median, GivesTheGradientToWhatWasChosen) {
  const auto x = gt::tensor({{3.0, 1.0, 4.0}, {9.0, 2.0, 6.0}}).requires_grad_();
  gt::Tape tape;
  EXPECT_THAT(gt::grad(gt::sum(gt::square(gt::median(x, 1).values)), x), near({6, 0, 0, 0, 0, 12}));
  EXPECT_THAT(gt::grad(gt::median(x), x), near({1, 0, 0, 0, 0, 0}));
  const auto square_of_median = [](const auto& v) { return gt::square(gt::median(v[0], 0).values); };
  EXPECT_TRUE(gt::gradgradcheck(square_of_median, {walk({5, 4})}).ok);
}
TEST(Median, OfANumberOrOfNothing) {
  EXPECT_EQ(gt::median(gt::scalar(2.5)).item<double>(), 2.5);
  EXPECT_EQ(gt::median(gt::scalar(2.5), 0).values.shape(), gt::Shape{});
  EXPECT_EQ(gt::median(gt::scalar(2.5), -1, true).indices.item<std::int64_t>(), 0);
  EXPECT_TRUE(std::isnan(gt::median(gt::zeros({0})).item<double>()));
  EXPECT_TRUE(std::isnan(gt::nanmedian(gt::zeros({2, 0})).item<double>()));
  EXPECT_THROW(gt::median(gt::zeros({2, 0}), 1), gt::ShapeError);
  EXPECT_THROW(gt::median(gt::zeros({0}, {.dtype = gt::int64})), gt::ShapeError);
  EXPECT_EQ(gt::median(gt::zeros({2, 0}), 0).values.shape(), gt::Shape{0});
  EXPECT_THROW(gt::median(gt::zeros({2}), 1), gt::IndexError);
}

TEST(Quantile, IsNumpysByEveryInterpolation) {
  const auto x = gt::tensor({{3.0, 1.0, 4.0, 1.0, 5.0}, {9.0, 2.0, 6.0, 5.0, 3.0}});
  const auto q = gt::tensor({0.0, 0.1, 0.3, 0.625, 1.0});
  const struct {
    const char* interpolation;
    gt::Tensor wanted;
  } cases[] = {{"linear", gt::tensor({{1.0, 2.0}, {1.0, 2.4}, {1.4, 3.4}, {3.5, 5.5}, {5.0, 9.0}})},
               {"lower", gt::tensor({{1.0, 2.0}, {1.0, 2.0}, {1.0, 3.0}, {3.0, 5.0}, {5.0, 9.0}})},
               {"higher", gt::tensor({{1.0, 2.0}, {1.0, 3.0}, {3.0, 5.0}, {4.0, 6.0}, {5.0, 9.0}})},
               {"midpoint", gt::tensor({{1.0, 2.0}, {1.0, 2.5}, {2.0, 4.0}, {3.5, 5.5}, {5.0, 9.0}})},
               {"nearest", gt::tensor({{1.0, 2.0}, {1.0, 2.0}, {1.0, 3.0}, {3.0, 5.0}, {5.0, 9.0}})}};
  for (const auto& [interpolation, wanted] : cases) {
    const auto got = gt::quantile(x, q, 1, false, interpolation);
    EXPECT_EQ(got.shape(), (gt::Shape{5, 2}));
    EXPECT_THAT(got, near(wanted, 1e-15)) << interpolation;
    EXPECT_THAT(gt::quantile(x.to(gt::float32), 0.3, 1, false, interpolation), near(gt::select(wanted, 0, 2)));
    EXPECT_EQ(gt::quantile(x.to(gt::float32), 0.3, 1, false, interpolation).dtype(), gt::float32);
  }
  EXPECT_THAT(gt::quantile(x, 0.35), near({3}));
  EXPECT_THAT(gt::quantile(x, gt::tensor({0.25, 0.5}), {0, 1}), near({2.25, 3.5}));
  EXPECT_EQ(gt::quantile(x, q, 1, true).shape(), (gt::Shape{5, 2, 1}));
  EXPECT_EQ(gt::quantile(x, gt::scalar(0.5), 0, true).shape(), (gt::Shape{1, 5}));
  EXPECT_THAT(gt::quantile(gt::tensor({1, 2}), 0.5), near({1.5}));
  EXPECT_THAT(gt::quantile(gt::tensor({0.0, 10.0, 20.0, 30.0}), 0.5, {}, false, "nearest"), near({20}));  // place 1.5
  EXPECT_THAT(gt::quantile(gt::tensor({3.0, 1.0, 2.0}), 0), near({1}));
  EXPECT_THAT(gt::quantile(gt::tensor({3.0, inf, 2.0}), 1, {}, false, "midpoint"), near({inf}));
}
TEST(Quantile, OverDimensionsThatAreNoNeighbours) {
  const auto x = walk({3, 4, 5});
  const auto together = gt::reshape(gt::permute(x, {1, 0, 2}), {4, 15});
  EXPECT_THAT(gt::quantile(x, 0.3, {0, 2}), near(gt::quantile(together, 0.3, 1), 0));
}
TEST(Quantile, KeepsNanUnlessItsNameSaysOtherwise) {
  const auto x = gt::tensor({{1.0, nan, 3.0, 2.0}, {4.0, 3.0, 2.0, 1.0}, {nan, nan, nan, nan}});
  EXPECT_THAT(gt::quantile(x, 0.5, 1), near({nan, 2.5, nan}));
  EXPECT_THAT(gt::nanquantile(x, 0.5, 1), near({2, 2.5, nan}));
  EXPECT_THAT(gt::nanquantile(x, gt::tensor({0.0, 1.0}), 1), near({1, 1, nan, 3, 4, nan}));
  EXPECT_THAT(gt::nanquantile(gt::tensor({-inf, -inf, 1.0}), 0.5), near({-inf}));
}
TEST(Quantile, SharesTheGradientAsItInterpolates) {
  const auto x = gt::tensor({3.0, 1.0, 4.0, 1.5}).requires_grad_();
  gt::Tape tape;
  const auto y = gt::quantile(x, 0.4);
  EXPECT_NEAR(y.item<double>(), 1.8, 1e-15);
  EXPECT_THAT(gt::grad(y, x), near({0.2, 0, 0, 0.8}));
  for (const char* interpolation : {"linear", "lower", "higher", "midpoint", "nearest"}) {
    const gt::Function f = [=](const auto& v) {
      return gt::nanquantile(v[0], gt::tensor({0.2, 0.77}), 1, false, interpolation);
    };
    const auto report = gt::gradcheck(f, {walk({3, 6})});
    EXPECT_TRUE(report.ok) << interpolation << report.text;
  }
  const gt::Function of_both = [](const auto& v) { return gt::quantile(v[0], v[1], 1); };
  const auto report = gt::gradcheck(of_both, {walk({3, 6}), gt::tensor({0.3, 0.77})});
  EXPECT_TRUE(report.ok) << report.text;
}
TEST(Quantile, RefusesWhatIsNone) {
  const auto x = gt::ones({2, 3});
  EXPECT_THROW(gt::quantile(x, 1.5), gt::ValueError);
  EXPECT_THROW(gt::quantile(x, nan), gt::ValueError);
  EXPECT_THROW(gt::quantile(x, 0.5, 1, false, "cubic"), gt::ValueError);
  EXPECT_THROW(gt::quantile(x, gt::tensor({0.5, 1.5})), gt::IndexError);
  EXPECT_THROW(gt::quantile(x, gt::ones({1, 1})), gt::ShapeError);
  EXPECT_THROW(gt::quantile(x, 0.5, 2), gt::IndexError);
  EXPECT_THROW(gt::quantile(gt::zeros({2, 0}), 0.5, 1), gt::ShapeError);
}

TEST_F(CudaQuantile, AgreesWithTheCpu) {
  for (const auto type : {gt::float64, gt::float32}) {
    const auto x = walk({3, 40}).to(type), q = gt::tensor({0.1, 0.9});
    EXPECT_THAT(gt::median(x.to(cuda), 1).indices, near(gt::median(x, 1).indices, 0));
    EXPECT_THAT(gt::median(x.to(cuda)), near(gt::median(x), 0));
    EXPECT_THAT(gt::quantile(x.to(cuda), 0.37, 1), near(gt::quantile(x, 0.37, 1), 1e-6));
    EXPECT_THAT(gt::nanquantile(x.to(cuda), q.to(cuda)), near(gt::nanquantile(x, q), 1e-6));
  }
}

}  // namespace
