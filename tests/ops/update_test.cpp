// Update ops as their writers call them, without an optimizer around them.
#include <gradtape/ops/update.h>

#include <gradtape/ops/update/descend.h>

#include "tests/support/near.h"

namespace {

void descend(gt::Tensor& parameter, const gt::Tensor& gradient) {
  const auto lr = gt::scalar(1.0);
  gt::UpdateTarget target{&parameter, gradient, {}, &lr, nullptr};
  gt::update(gt::SgdStep{0}, {&target, 1}, gt::Location::current());
}

TEST(Update, IsRefusedWhereEveryWriteInPlaceIs) {
  static constexpr float constant[2] = {1, 1};
  auto wrapped = gt::from_blob(constant, {2}), twice = gt::expand(gt::ones({1}), {2}),
       leaf = gt::ones({2}).requires_grad_();
  const auto gradient = gt::ones({2});
  gt::Tensor none;

  EXPECT_THROW(descend(wrapped, gradient), gt::ValueError);
  EXPECT_THROW(descend(twice, gradient), gt::ValueError);
  EXPECT_THROW(descend(none, gradient), gt::ValueError);
  {
    gt::Tape tape;
    EXPECT_THROW(descend(leaf, gradient), gt::TapeError);
    EXPECT_THAT(leaf, near({1, 1}));
    gt::NoGrad pause;
    descend(leaf, gradient);
  }
  EXPECT_THAT(leaf, near({0, 0}));
}

}  // namespace
