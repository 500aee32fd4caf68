// The largest numbers, and where they stand.
#include "tests/cuda/device.h"

namespace {

class CudaTopK : public Cuda {};

const double nan = NAN;

TEST(TopK, ChoosesTheFirstOfEqualsAndNanFirst) {
  const auto x = gt::tensor({{2.0, 5.0, 5.0, nan}, {-1.0, -1.0, -3.0, -1.0}});
  const auto [values, indices] = gt::topk(x, 3);
  EXPECT_THAT(values, near({NAN, 5, 5, -1, -1, -1}));
  EXPECT_THAT(indices, near({3, 1, 2, 0, 1, 3}));
  const auto least = gt::topk(x, 2, 1, false);
  EXPECT_THAT(least.values, near({2, 5, -3, -1}));
  EXPECT_THAT(least.indices, near({0, 1, 2, 0}));
  EXPECT_EQ(indices.dtype(), gt::int64);
  EXPECT_THAT(gt::topk(gt::tensor({1, 7, 3}), 2).values, near({7, 3}));
  EXPECT_EQ(gt::topk(gt::tensor({1, 7, 3}), 2).values.dtype(), gt::int32);
}

TEST(TopK, GivesTheGradientToWhatWasChosen) {
  const auto x = gt::tensor({{1.0, 4.0}, {3.0, 2.0}, {2.0, 5.0}}).requires_grad_();
  gt::Tape tape;
  const auto [values, indices] = gt::topk(x, 2, 0);
  EXPECT_FALSE(indices.requires_grad());
  EXPECT_THAT(values, near({3, 5, 2, 4}));
  EXPECT_THAT(gt::grad(gt::sum(values * gt::tensor({{1.0, 2.0}, {3.0, 4.0}})), x), near({0, 4, 1, 0, 3, 2}));
}

TEST(TopK, RefusesWhatIsNotThere) {
  EXPECT_THROW(gt::topk(gt::ones({2, 3}), 4), gt::ShapeError);
  EXPECT_THROW(gt::topk(gt::ones({2, 3}), -1), gt::ShapeError);
  EXPECT_THROW(gt::topk(gt::scalar(1.0), 1), gt::ShapeError);
  EXPECT_THROW(gt::topk(gt::ones({2, 3}), 1, 2), gt::IndexError);
}

TEST(Max, AlongADimensionGivesPlacesTooAndTheFirstOfEqualsTheGradient) {
  const auto x = gt::tensor({{2.0, 2.0, 1.0}, {nan, 0.0, 7.0}}).requires_grad_();
  gt::Tape tape;
  const auto [values, indices] = gt::max(x, 1);
  EXPECT_THAT(values, near({2, NAN}));
  EXPECT_THAT(indices, near({0, 0}));
  EXPECT_THAT(gt::grad(gt::sum(values), x), near({1, 0, 0, 1, 0, 0}));
  EXPECT_THAT(gt::min(x, 0).indices, near({1, 1, 0}));
  EXPECT_EQ(gt::min(x, 0, true).values.shape(), (gt::Shape{1, 3}));
}

TEST(TopK, IsWhatSortPutsFirst) {
  const auto x = gt::floor(walk({3, 1000}) * 50);
  for (const bool largest : {true, false}) {
    const auto sorted = gt::sort(x, 1, largest);
    for (const std::int64_t k : {1, 31, 32, 500, 1000}) {
      const auto [values, indices] = gt::topk(x, k, 1, largest);
      EXPECT_THAT(values, the_same_as(gt::narrow(sorted.values, 1, 0, k)));
      EXPECT_THAT(indices, the_same_as(gt::narrow(sorted.indices, 1, 0, k)));
    }
  }
}

TEST(Kthvalue, IsTheOneThatSortPutsThere) {
  const auto x = gt::tensor({{2.0, 5.0, 2.0, nan}, {-1.0, 4.0, -3.0, 0.0}}).requires_grad_();
  gt::Tape tape;
  const auto [values, indices] = gt::kthvalue(x, 2);
  EXPECT_THAT(values, near({2, -1}));
  EXPECT_THAT(indices, near({2, 0}));
  EXPECT_THAT(gt::grad(gt::sum(values * gt::tensor({3.0, 4.0})), x), near({0, 0, 3, 0, 4, 0, 0, 0}));
  EXPECT_THAT(gt::kthvalue(x, 4).values, near({nan, 4}));
  EXPECT_EQ(gt::kthvalue(x, 2, 0, true).values.shape(), (gt::Shape{1, 4}));
  EXPECT_THAT(gt::kthvalue(x, 2, 0, true).values, near({2, 5, 2, nan}));
}

TEST(Kthvalue, RefusesWhatIsNotThere) {
  EXPECT_ERROR(ShapeError, gt::kthvalue(gt::ones({2, 3}), 0),
               "kthvalue: k is 0, and dimension 1 has size 3\n  tensor  [2, 3]  float32  cpu\n"
               "  k must be at least 1 and at most the size.");
  EXPECT_THROW(gt::kthvalue(gt::ones({2, 3}), 3, 0), gt::ShapeError);
  EXPECT_THROW(gt::kthvalue(gt::scalar(1.0), 1), gt::ShapeError);
}

TEST_F(CudaTopK, AgreesWithTheCpu) {
  for (const auto dtype : {gt::float32, gt::float64, gt::float16}) {
    const auto x = gt::floor(walk({5, 1000}) * 20).to(dtype);  // with equals
    for (const bool largest : {true, false}) {
      const auto wanted = gt::topk(x, 7, 1, largest), got = gt::topk(x.to(cuda), 7, 1, largest);
      EXPECT_THAT(got.values, the_same_as(wanted.values));
      EXPECT_THAT(got.indices, the_same_as(wanted.indices));
    }
  }
  EXPECT_THAT(gt::topk(gt::tensor({2.0, nan, 3.0}).to(cuda), 2).indices, near({1, 2}));
}

}  // namespace
