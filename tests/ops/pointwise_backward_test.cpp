// What a pointwise op's backward need not do.
#include "tests/support/near.h"

namespace {

using gt::Tensor;

// Launches of the gradients of f(a [3, 4], b) in both, for a seed.
template <class F>
std::size_t launches_backward(F f, const gt::Shape& shape_of_b) {
  const Tensor a = gt::ones({3, 4}).requires_grad_(), b = gt::ones(shape_of_b).requires_grad_(),
               seed = gt::full({3, 4}, 2);
  const auto launches = [&](bool backward) {
    auto program = gt::capture({}, [&](const gt::Inputs&) {
      gt::Tape tape;
      const Tensor y = f(a, b);
      if (!backward) return y.detach();
      const auto gradients = gt::grad(std::vector{y}, std::vector{a, b}, {.seeds = {seed}});
      return gt::cat({gt::flatten(gradients[0]), gt::flatten(gradients[1])}, 0);
    });
    return program.report().launches;
  };
  return launches(true) - launches(false) - 2;  // cat, a part each
}

TEST(PointwiseBackward, PassesTheGradientOnWhereTheSlopeIsOne) {
  const auto add = [](const Tensor& a, const Tensor& b) { return a + b; };
  EXPECT_EQ(launches_backward(add, {3, 4}), 0u);
  EXPECT_EQ(launches_backward(add, {4}), 1u) << "the sum over what b was broadcast along";
  EXPECT_EQ(launches_backward([](const Tensor& a, const Tensor& b) { return a * b; }, {3, 4}), 1u);
}

TEST(PointwiseBackward, GivesEachLeafAGradientOfItsOwn) {
  const Tensor a = gt::ones({3}).requires_grad_(), b = gt::ones({3}).requires_grad_();
  gt::Tape tape;
  gt::sum(a + b).backward();
  a.grad().fill_(5);
  EXPECT_EQ(b.grad().to_vector<float>(), (std::vector<float>{1, 1, 1}));
}

TEST(PointwiseBackward, OfSecondOrderGoesThroughSlopesOfOne) {
  const Tensor x = gt::tensor({0.5, 2.0}).requires_grad_();
  gt::Tape tape;
  const Tensor y = x * x * x + x - 3 * x * x;
  const Tensor slope = gt::grad(y, {x}, {.create_graph = true, .seeds = {gt::ones_like(y)}})[0];
  const Tensor bend = gt::grad(gt::sum(slope), {x})[0];
  EXPECT_EQ(bend.to_vector<double>(), (std::vector<double>{6 * 0.5 - 6, 6 * 2.0 - 6}));
}

}  // namespace
