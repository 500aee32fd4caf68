#include "tests/models/losses.h"

#include "tests/cuda/device.h"

namespace {

class CudaEveryLoss : public Cuda {};
class CudaActivations : public Cuda {};

TEST_F(CudaEveryLoss, IsThatOfTheCpu) {
  for (const ByPytorch& row : by_pytorch)
    for (const auto reduction : {gt::Reduction::none, gt::Reduction::mean})
      for (const auto type : {gt::float32, gt::float64}) {
        SCOPED_TRACE(testing::Message() << row.name << " of " << gt::name_of(type));
        const double tolerance = type == gt::float32 ? 2e-6 : 1e-13;
        const auto here = loss_and_gradient(row, inputs_of(row, type), reduction),
                   there = loss_and_gradient(row, inputs_of(row, type, cuda), reduction);

        EXPECT_EQ(there.loss.device(), cuda);
        EXPECT_THAT(there.loss, near(here.loss, tolerance));
        EXPECT_THAT(there.gradient, near(here.gradient, tolerance));
      }
}

TEST_F(CudaActivations, MadeOfOthersAreThoseOfTheCpu) {
  const auto x = walk({3, 4, 2}), weight = walk({4}, gt::between(0, 1));
  EXPECT_THAT(gt::prelu(x.to(cuda), weight.to(cuda)), near(gt::prelu(x, weight), 1e-14));
  EXPECT_THAT(gt::glu(x.to(cuda), 1), near(gt::glu(x, 1), 1e-14));
  EXPECT_THAT(gt::softplus(x.to(cuda), 2, 1), near(gt::softplus(x, 2, 1), 1e-14));
  EXPECT_THAT(gt::softmin(x.to(cuda), 1), near(gt::softmin(x, 1), 1e-14));
  const auto drawn = gt::gumbel_softmax(x.to(cuda), {.hard = true, .dim = 1});
  EXPECT_THAT(gt::sum(drawn, {1}), near(gt::ones({3, 2}), 0));
}

}  // namespace
