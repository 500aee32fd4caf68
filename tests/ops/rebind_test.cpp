#include "tests/support/near.h"

namespace {

TEST(CompoundOperators, RefuseALeafThatAsksForAGradient) {
  auto w = gt::tensor({1.0}).requires_grad_().set_name("w");
  const auto* before = w.tensor_data();
  const auto text = [](const char* op) {
    return std::string(op) +
           ": a new tensor in the place of one that asks for a gradient would part it from the gradient and the "
           "optimizer"
           "\n  left  w  [1]  float64  cpu\n  Write in place with add_() or copy_(), let an optimizer step, or assign: "
           "a = a - b.";
  };

  EXPECT_ERROR(TapeError, w += 1, text("operator+="));
  EXPECT_ERROR(TapeError, w -= 1, text("operator-="));
  EXPECT_ERROR(TapeError, w *= w, text("operator*="));
  gt::Tape tape;
  EXPECT_ERROR(TapeError, w /= 2, text("operator/="));
  gt::NoGrad pause;
  EXPECT_ERROR(TapeError, w /= 2, text("operator/="));
  EXPECT_EQ(w.tensor_data(), before);
}

TEST(CompoundOperators, RebindEveryOtherTensor) {
  auto plain = gt::tensor({8.0});
  const auto held = plain;
  plain += 2;
  plain -= 1;
  plain *= 4;
  plain /= 3;
  EXPECT_THAT(plain, near({12}));
  EXPECT_THAT(held, near({8}));

  auto w = gt::tensor({3.0}).requires_grad_();
  {
    gt::Tape tape;
    auto y = w * 1;
    y *= w;
    y.backward();
  }
  EXPECT_THAT(w.grad(), near({6}));
  w.requires_grad_(false);
  w *= 2;
  EXPECT_THAT(w, near({6}));
}

}  // namespace
