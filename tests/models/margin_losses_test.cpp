#include "tests/support/near.h"

namespace {

const double inf = INFINITY;

// The gradient of a loss of one input.
template <class F>
gt::Tensor slope(const gt::Tensor& at, F loss) {
  const auto x = at.detach().requires_grad_();
  gt::Tape tape;
  return gt::grad(gt::sum(loss(x)), x);
}

TEST(MarginLosses, PassNoGradientAtTheMargin) {
  const auto minus = gt::tensor({-1.0});
  EXPECT_THAT(slope(gt::tensor({1.0}), [&](const auto& x) { return gt::hinge_embedding_loss(x, minus); }), near({0}));
  EXPECT_THAT(
      slope(gt::tensor({0.0}), [&](const auto& x) { return gt::margin_ranking_loss(x, gt::zeros_like(x), minus); }),
      near({0}));
  EXPECT_THAT(slope(gt::tensor({2.0, 1.0}), [](const auto& x) { return gt::multi_margin_loss(x, gt::scalar(0)); }),
              near({0, 0}));
}

TEST(CosineEmbedding, OfAVectorOfZeroIsThatOfARightAngle) {
  const auto zero = gt::zeros({1, 2}, {.dtype = gt::float64}), b = gt::tensor({{3.0, 4.0}});
  auto of = [&](double target) {
    return [&, target](const gt::Tensor& a) { return gt::cosine_embedding_loss(a, b, gt::tensor({target})); };
  };
  EXPECT_THAT(of(1)(zero), near({1}));
  EXPECT_THAT(of(-1)(zero), near({0}));
  EXPECT_THAT(slope(zero, of(1)), near({-0.6e6, -0.8e6}, 1e-9));  // of 1 - a·b / (|b| √(a² + 10⁻¹²))
  EXPECT_THAT(slope(zero, of(-1)), near({0, 0}));
  EXPECT_THAT(gt::cosine_embedding_loss(zero.to(gt::float16), b.to(gt::float16), gt::tensor({1.0})), near({1}));
}

TEST(TripletMargin, OfEqualVectorsHasASlopeOfZero) {
  const auto a = gt::tensor({{1.0, 2.0}}), far = gt::tensor({{1.0, 2.5}});
  for (const double p : {1.0, 2.0, 3.0, inf}) {
    auto loss = [&](const gt::Tensor& x) { return gt::triplet_margin_loss(a, x, far, {.p = p, .eps = 0}); };
    EXPECT_THAT(loss(a), near({0.5})) << p;
    EXPECT_THAT(slope(a, loss), near({0, 0})) << p;
  }
  EXPECT_THAT(gt::triplet_margin_loss(a, gt::tensor({{4.0, 6.0}}), a, {.margin = 0, .p = inf, .eps = 0}), near({4}));
}

TEST(SoftMargin, OverflowsNowhere) {
  const auto y = gt::tensor({1.0, -1.0, 1.0});
  auto loss = [&](const gt::Tensor& x) { return gt::soft_margin_loss(x, y, {.reduction = gt::Reduction::none}); };
  const auto x = gt::tensor({1000.0, 1000.0, -inf});
  EXPECT_THAT(loss(x), near({0, 1000, inf}));
  EXPECT_THAT(slope(x, loss), near({0, 1, -1}));
}

TEST(MultiMargin, TakesAWeightForEachClass) {
  const auto x = gt::tensor({{0.0, inf, -1.0}});
  EXPECT_THAT(gt::multi_margin_loss(x, gt::tensor({0}), {.weight = gt::tensor({0.0, 1.0, 1.0})}), near({0}));
  EXPECT_THAT(gt::multi_margin_loss(gt::tensor({{0.0, 2.0}}), gt::tensor({0}), {.weight = gt::tensor({4.0, 1.0})}),
              near({6}));
}

TEST(MarginLossErrors, NameWhatCameAndWhatWasWanted) {
  const auto scores = gt::zeros({2, 3});
  EXPECT_ERROR(IndexError, gt::multi_margin_loss(scores, gt::tensor({1, 3})),
               "gather: value 3 at position 1 is out of range\n  indices  [2, 1]  int32  cpu\n  It must be at least 0 "
               "and below 3.");
  EXPECT_ERROR(ShapeError, gt::multi_margin_loss(scores, gt::tensor({1})),
               "multi_margin_loss: scores are [batch, classes] and labels [batch]\n  scores  [2, 3]  float32  cpu\n  "
               "labels  [1]     int32  cpu");
  EXPECT_ERROR(ShapeError, gt::multi_margin_loss(scores, gt::tensor({1, 2}), {.weight = gt::ones({2})}),
               "multi_margin_loss: there is a weight for each class\n  scores  [2, 3]  float32  cpu\n  weight  [2]     "
               "float32  cpu");
  EXPECT_ERROR(ValueError, gt::multi_margin_loss(scores, gt::tensor({1, 2}), {.p = 3}),
               "multi_margin_loss: p is 1 or 2, not 3");
  EXPECT_ERROR(
      IndexError, gt::multilabel_margin_loss(gt::zeros({3}), gt::tensor({0, 4, -1})),
      "scatter_add: value 4 at position 1 is out of range\n  indices  [1, 3]  int32  cpu\n  It must be at least 0 "
      "and below 3.");
  EXPECT_ERROR(
      ShapeError, gt::triplet_margin_loss(scores, scores, gt::zeros({3})),
      "triplet_margin_loss: anchor and negative differ in shape\n  anchor    [2, 3]  float32  cpu\n  negative  "
      "[3]     float32  cpu\n  They must be equal: a loss does not broadcast.");
  EXPECT_ERROR(ValueError, gt::triplet_margin_loss(scores, scores, scores, {.p = 0}),
               "triplet_margin_loss: p is greater than 0, not 0");
  EXPECT_ERROR(
      ShapeError, gt::cosine_embedding_loss(scores, scores, gt::zeros({2, 1})),
      "cosine_embedding_loss: a and b are [batch, features] and the target [batch]\n  a       [2, 3]  float32  "
      "cpu\n  target  [2, 1]  float32  cpu");
  EXPECT_ERROR(
      ShapeError, gt::multilabel_soft_margin_loss(scores, scores, {.weight = gt::ones({2})}),
      "multilabel_soft_margin_loss: weight does not broadcast to the terms\n  terms   [2, 3]  float32  cpu\n  weight  "
      "[2]     float32  cpu");
}

}  // namespace
