// What a program says of its launches.
#include "tests/cuda/device.h"

namespace {

TEST(ProgramReport, CountsLaunchesBytesAndOperations) {
  const auto a = gt::ones({8, 16}), b = gt::ones({16, 4});
  auto program =
      gt::capture({{"a", a}, {"b", b}}, [](const gt::Inputs& in) { return gt::tanh(gt::matmul(in["a"], in["b"])); });

  const gt::ProgramReport report = program.report();

  EXPECT_EQ(report.launches, 2u);
  EXPECT_EQ(report.flops, 2.0 * 8 * 16 * 4 + 8 * 4);
  EXPECT_EQ(report.moved_before, 4.0 * (8 * 16 + 16 * 4 + 3 * 8 * 4));  // the product writes, tanh reads and writes
  EXPECT_THAT(report.table(), testing::ContainsRegex("flops +1056 +1056\n"));
}

class CudaProgramReport : public Cuda {};
TEST_F(CudaProgramReport, SharesMemoryAmongWhatPassesBy) {
  const auto x = gt::ones({10, 100}, {.device = cuda});
  auto program = gt::capture({{"x", x}}, [](const gt::Inputs& in) {
    gt::Tensor y = in["x"];
    for (int i = 0; i < 10; ++i) y = gt::softmax(y);
    return y;
  });

  const gt::ProgramReport report = program.report();

  EXPECT_EQ(report.launches, 10u);
  EXPECT_EQ(report.bytes_before, 9 * 4000u);
  EXPECT_EQ(report.bytes, 2 * 4096u);
  EXPECT_THAT(program(), near(program.result()));
}
// The gradients of a loss whose sum stands between what can be one kernel.
TEST_F(CudaProgramReport, CountsNeighboursAsOneKernelWhereNvrtcIsThere) {
  const auto a = walk({1000}).to(gt::float32).to(cuda).requires_grad_(),
             b = walk({1000}, gt::between(-2, 2), 1).to(gt::float32).to(cuda).requires_grad_();
  const auto gradients = [&] {
    gt::Tape tape;
    return gt::grad(gt::sum(gt::tanh(a * 0.5 + b) * a), {a, b});
  };
  auto program = gt::capture({{"x", a.detach()}}, [&](const gt::Inputs&) { return gt::cat(gradients(), 0); });
  const auto by_hand = gt::cat(gradients(), 0);

  const gt::ProgramReport report = program.report();

  EXPECT_THAT(program(), the_same_as(by_hand));
  if (report.apart.empty()) EXPECT_LE(report.passes, 4u);
  else EXPECT_EQ(report.passes, report.launches - 1);  // the seed is filled in once
  EXPECT_EQ(report.table().find("launches stay apart") == std::string::npos, report.apart.empty());
}

}  // namespace
