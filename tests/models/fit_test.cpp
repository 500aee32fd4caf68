#include "tests/support/near.h"

namespace {

gt::Tensor squares(const gt::Tensor& prediction, const gt::Tensor& target) { return gt::mse_loss(prediction, target); }

TEST(Fit, ThrowsAtTheFirstLossThatIsNotFiniteAndLeavesTheWeightsBeforeIt) {
  gt::SoftmaxRegression model(1, 2);
  auto x = gt::ones({10, 1});
  gt::narrow(x, 0, 7, 1).fill_(NAN);

  EXPECT_ERROR(ValueError, model.fit(x, gt::zeros({10}, {.dtype = gt::int64}), {.batch = 10}),
               "fit: the loss of batch 1 in epoch 1 is nan\n  Look for NaN and infinity in the data, or try a smaller "
               "learning rate.");

  EXPECT_THAT(model.weight, near({0, 0}));
  EXPECT_FALSE(model.weight.grad().defined());
}

TEST(Fit, NamesTheEpochInWhichTheLossOverflows) {
  gt::Linear model(1, 1, {.seed = 1});

  try {
    gt::fit(model, gt::ones({8, 1}), gt::zeros({8, 1}), squares, {.epochs = 100, .batch = 4, .lr = 1e9, .momentum = 0});
    ADD_FAILURE() << "nothing was thrown";
  } catch (const gt::ValueError& error) {
    EXPECT_THAT(error.text(), testing::MatchesRegex("fit: the loss of batch [12] in epoch [1-9] is (inf|nan)\n.*"));
  }
}

TEST(Fit, RefusesALossForEachExample) {
  gt::Linear model(1, 1);
  auto each = [](const gt::Tensor& prediction, const gt::Tensor& target) {
    return gt::mse_loss(prediction, target, {.reduction = gt::Reduction::none});
  };

  EXPECT_THROW(gt::fit(model, gt::ones({8, 1}), gt::zeros({8, 1}), each), gt::ShapeError);
}

}  // namespace
