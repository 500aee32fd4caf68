#include "tests/support/near.h"

namespace {

TEST(Accuracy, IsTheQuotientOfTwoCounts) {
  for (int examples : {3, 7, 9, 10, 11, 1000, 999983}) {
    const auto labels = gt::arange(0, examples, 1, {.dtype = gt::int64});
    auto guesses = labels.clone();
    gt::narrow(guesses, 0, 0, 1).fill_(-1);

    EXPECT_EQ(gt::accuracy(guesses, labels), static_cast<double>(examples - 1) / examples) << examples;
    EXPECT_EQ(gt::zero_one_loss(guesses, labels).item(), 1.0 / examples) << examples;
  }
  EXPECT_EQ(gt::SoftmaxRegression(1, 2).score(gt::ones({10, 1}), gt::tensor({1, 0, 0, 0, 0, 0, 0, 0, 0, 0})), 0.9);
  EXPECT_EQ(gt::LogisticRegression(1).score(gt::ones({10, 1}), gt::tensor({1, 0, 0, 0, 0, 0, 0, 0, 0, 0})), 0.9);
}

TEST(Accuracy, CountsMoreThanFloat32Holds) {
  const std::int64_t examples = (1 << 24) + 3;
  const auto labels = gt::zeros({examples}, {.dtype = gt::uint8});

  EXPECT_EQ(
      gt::zero_one_loss(gt::ones({examples}, {.dtype = gt::uint8}), labels, {.reduction = gt::Reduction::sum}).item(),
      examples);
  EXPECT_EQ(gt::accuracy(labels, labels), 1);
}

TEST(RecallAndPrecision, AreTheSharesOfRowsAndColumns) {
  // Class 0: two of its three examples found, and of three taken for it two were. Class 2 is never taken, class 3 not
  // there.
  const auto labels = gt::tensor({0, 0, 0, 1, 1, 2}), taken = gt::tensor({0, 0, 1, 1, 1, 0});

  EXPECT_THAT(gt::recall(taken, labels, 4), near({2.0 / 3, 1, 0, NAN}, 1e-15));
  EXPECT_THAT(gt::precision(taken, labels, 4), near({2.0 / 3, 2.0 / 3, NAN, NAN}, 1e-15));
  EXPECT_EQ(gt::recall(taken, labels, 4).dtype(), gt::float64);
  EXPECT_THAT(gt::recall(gt::one_hot(taken, 3).to(gt::float32), labels, 3), near({2.0 / 3, 1, 0}, 1e-15));
  EXPECT_THROW(gt::precision(taken, labels, 2), gt::IndexError);
}

}  // namespace
