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

}  // namespace
