// The most frequent numbers. torch.mode(x, dim) of PyTorch 2 gives these values, and these places where rows are short;
// in long rows its place is any.
#include "tests/cuda/device.h"

namespace {

class CudaMode : public Cuda {};

const double inf = INFINITY, nan = NAN;

TEST(Mode, IsTheSmallestOfTheMostFrequentAndItsLastPlace) {
  const auto x = gt::tensor({{3.0, 1.0, 3.0, 1.0, 7.0}, {4.0, 2.0, 2.0, 4.0, 4.0}, {5.0, 3.0, 9.0, 8.0, 4.0}});
  const auto [values, indices] = gt::mode(x);
  EXPECT_THAT(values, near({1, 4, 3}));
  EXPECT_THAT(indices, near({3, 4, 1}));
  EXPECT_EQ(indices.dtype(), gt::int64);
  const auto columns = gt::mode(gt::tensor({{2, 1}, {2, 5}, {7, 5}}), 0, true);
  EXPECT_THAT(columns.values, near({2, 5}));
  EXPECT_THAT(columns.indices, near({1, 2}));
  EXPECT_EQ(columns.values.shape(), (gt::Shape{1, 2}));
  EXPECT_EQ(columns.values.dtype(), gt::int32);
}
TEST(Mode, IsWhatCountingEachNumberFinds) {
  gt::Generator numbers(3);
  const auto x = gt::randint(0, 9, {4, 300, 3}, numbers);
  const auto [values, indices] = gt::mode(x, 1);
  for (int i = 0; i < 4; ++i)
    for (int k = 0; k < 3; ++k) {
      const auto row = gt::select(gt::select(x, 2, k), 0, i);
      const auto counts = gt::bincount(row);
      const auto most = gt::select(gt::select(values, 0, i), 0, k);
      EXPECT_THAT(most, near(gt::argmax(counts), 0));
      const auto places = gt::flatten(gt::nonzero(row == most));
      EXPECT_THAT(gt::select(gt::select(indices, 0, i), 0, k), near(gt::select(places, 0, -1), 0));
    }
}
TEST(Mode, CountsEachNanForItselfAndZerosAsOne) {
  const auto x = gt::tensor({{nan, nan, 1.0, 2.0}, {nan, nan, nan, nan}, {0.0, 1.0, -0.0, inf}, {inf, 5.0, inf, nan}});
  EXPECT_THAT(gt::mode(x).values, near({1, nan, 0, inf}));
  EXPECT_THAT(gt::mode(x).indices, near({2, 0, 2, 2}));
}
TEST(Mode, GivesTheGradientToTheOneElement) {
  const auto x = gt::tensor({{3.0, 1.0, 3.0}, {9.0, 2.0, 6.0}}).requires_grad_();
  gt::Tape tape;
  EXPECT_THAT(gt::grad(gt::sum(gt::square(gt::mode(x).values)), x), near({0, 0, 6, 0, 4, 0}));
  EXPECT_FALSE(gt::mode(x).indices.requires_grad());
  const auto square_of_mode = [](const auto& v) { return gt::square(gt::mode(v[0], 0).values); };
  EXPECT_TRUE(gt::gradgradcheck(square_of_mode, {walk({5, 4})}).ok);
}
TEST(Mode, OfEveryTypeAndOfANumber) {
  for (const auto type : {gt::boolean, gt::uint8, gt::int64, gt::float16, gt::bfloat16}) {
    const auto found = gt::mode(gt::tensor({1, 0, 1}).to(type));
    EXPECT_THAT(found.values.to(gt::float64), near({1}));
    EXPECT_EQ(found.values.dtype(), type);
    EXPECT_EQ(found.indices.item<std::int64_t>(), 2);
  }
  EXPECT_EQ(gt::mode(gt::scalar(2.5)).values.item<double>(), 2.5);
  EXPECT_EQ(gt::mode(gt::scalar(2.5), -1, true).indices.shape(), gt::Shape{});
  EXPECT_EQ(gt::mode(gt::zeros({0, 3})).values.shape(), gt::Shape{0});
  EXPECT_EQ(gt::mode(gt::zeros({0, 3}), 1, true).indices.shape(), (gt::Shape{0, 1}));
  EXPECT_THAT(gt::mode(gt::transpose(gt::tensor({{2, 1}, {2, 5}, {7, 5}}), 0, 1)).values, near({2, 5}));
}
TEST(Mode, RefusesNothingAndADimensionThatIsNotThere) {
  EXPECT_THROW(gt::mode(gt::zeros({2, 0}), 1), gt::ShapeError);
  EXPECT_THROW(gt::mode(gt::zeros({2}), 1), gt::IndexError);
}

TEST_F(CudaMode, AgreesWithTheCpu) {
  gt::Generator numbers(3);
  for (const auto type : {gt::float32, gt::int64}) {
    const auto x = gt::randint(0, 5, {3, 70}, numbers).to(type);
    for (int dim : {0, 1}) {
      EXPECT_THAT(gt::mode(x.to(cuda), dim).values, near(gt::mode(x, dim).values, 0));
      EXPECT_THAT(gt::mode(x.to(cuda), dim).indices, near(gt::mode(x, dim).indices, 0));
    }
  }
}

}  // namespace
