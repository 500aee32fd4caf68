// Who stands at the door: the profile and the NaN trace.
#include <fstream>
#include <sstream>

#include <gradtape/autograd/peaks.h>

#include "tests/cuda/device.h"

namespace {

class CudaProfile : public Cuda {};
class CudaNanTrace : public Cuda {};

const gt::ProfileRow* find(const std::vector<gt::ProfileRow>& rows, const std::string& op) {
  for (const auto& row : rows)
    if (row.op == op) return &row;
  return nullptr;
}

TEST(Profile, NamesOpsForwardAndBackwardByTheirLine) {
  auto x = gt::full({1000}, 0.5).requires_grad_();
  gt::Profile profile;
  gt::Tape tape;
  const std::uint32_t line = __LINE__ + 1;
  const auto y = gt::tanh(gt::tanh(x));
  gt::sum(y).backward();
  const auto rows = profile.rows();
  for (const char* op : {"tanh", "tanh backward"}) {
    const gt::ProfileRow* row = find(rows, op);
    ASSERT_TRUE(row) << op;
    EXPECT_EQ(row->line.line, line) << op;
    EXPECT_EQ(row->calls, 2) << op;
    EXPECT_GT(row->seconds, 0) << op;
  }
  EXPECT_EQ(find(rows, "tanh")->bytes, 2 * 2 * 4000.0) << "each call reads and writes 1000 numbers of 4 bytes";
  EXPECT_TRUE(find(rows, "sum"));
  EXPECT_THAT(profile.table(), testing::HasSubstr("tanh backward"));
}

TEST(Profile, CountsOperationsOnNumbers) {
  const auto a = gt::ones({8, 16}), b = gt::ones({16, 4}), long_one = gt::ones({1000});
  gt::Profile profile;
  gt::matmul(a, b);
  gt::tanh(long_one);
  gt::sum(long_one);
  gt::permute(b, {1, 0}).contiguous();
  const auto rows = profile.rows();
  EXPECT_EQ(find(rows, "matmul")->flops, 2.0 * 8 * 16 * 4) << "a product and a sum for each term";
  EXPECT_EQ(find(rows, "tanh")->flops, 1000);
  EXPECT_EQ(find(rows, "sum")->flops, 1000) << "by what is read";
  for (const auto& row : rows)
    if (row.op == "contiguous" || row.op == "copy") EXPECT_EQ(row.flops, 0) << row.op;
  EXPECT_THAT(profile.table(), testing::AllOf(testing::HasSubstr("GFLOP/s"), testing::HasSubstr("of roofline")));
}

TEST(Peaks, AreMeasuredOnceAndNotInAStep) {
  const gt::detail::Peaks& peaks = gt::detail::peaks_of(gt::Device::cpu());
  EXPECT_GT(peaks.bytes, 1e8);
  EXPECT_GT(peaks.flops, 1e8);
  EXPECT_EQ(&gt::detail::peaks_of(gt::Device::cpu()), &peaks);
  EXPECT_THROW(
      gt::capture({}, [](const gt::Inputs&) { return gt::ones({1}) * gt::detail::peaks_of(gt::Device::cpu()).bytes; }),
      gt::TapeError);
}

TEST(Profile, SeesOnlyWhatIsDoneWhileItLives) {
  const auto x = gt::ones({3});
  gt::exp(x);
  {
    gt::Profile profile;
    EXPECT_TRUE(profile.rows().empty());
    gt::exp(x);
    EXPECT_EQ(profile.rows().size(), 1u);
  }
  gt::exp(x);
}

TEST(Profile, NumbersAreTheSameBits) {
  auto step = [] {
    auto x = gt::arange(0, 5000, 1, {.dtype = gt::float32}).requires_grad_();
    gt::Tape tape;
    gt::sum(gt::sin(x) * gt::exp(-x)).backward();
    return x.grad().to_vector<float>();
  };
  const auto unseen = step();
  gt::Profile profile;
  EXPECT_EQ(step(), unseen);
}

TEST(Profile, WritesATraceThatATimelineReads) {
  const std::string path = testing::TempDir() + "trace.json";
  {
    gt::Profile profile;
    gt::exp(gt::ones({3}));
    profile.write_trace(path);
    EXPECT_THROW(profile.write_trace("/nowhere/trace.json"), gt::FileError);
  }
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_THAT(text.str(), testing::HasSubstr("\"traceEvents\""));
  EXPECT_THAT(text.str(), testing::HasSubstr("\"name\": \"exp\""));
}

TEST(Profile, WatchesAStepWhileItIsCaptured) {
  const auto x = gt::ones({3});
  gt::Profile profile;
  auto program = gt::capture({{"x", x}}, [](const gt::Inputs& in) { return gt::exp(in["x"]) * 2; });
  EXPECT_TRUE(find(profile.rows(), "exp"));
  EXPECT_THAT(program({{"x", x}}), testing::Truly([](const gt::Tensor& y) {
                return y.to_vector<float>() == (gt::exp(gt::ones({3})) * 2).to_vector<float>();
              }));
}

TEST(NanTrace, NamesTheOpThatMadeTheFirstNan) {
  const auto x = gt::tensor({1.0, -1.0, 4.0});
  const gt::NanTrace trace;
  EXPECT_NO_THROW(gt::exp(x));
  try {
    const auto y = gt::exp(gt::log(x));
    ADD_FAILURE() << "log of -1 is NaN";
  } catch (const gt::ValueError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("log: made the first NaN or infinity\n  it made  [3]  from 0 to "
                                                 "1.38629, 1 NaN\n  of       [3]  from -1 to 4"));
    EXPECT_EQ(error.where().line, static_cast<std::uint32_t>(__LINE__ - 5));
  }
}

TEST_F(CudaProfile, NamesOpsForwardAndBackward) {
  auto x = gt::full({1000}, 0.5, {.device = cuda}).requires_grad_();
  gt::Profile profile;
  gt::Tape tape;
  gt::sum(gt::tanh(x)).backward();
  const auto rows = profile.rows();
  ASSERT_TRUE(find(rows, "tanh") && find(rows, "tanh backward"));
  EXPECT_EQ(find(rows, "tanh")->bytes, 2 * 4000.0);
}

TEST_F(CudaProfile, WatchesAStepWhileItIsCaptured) {
  gt::Profile profile;
  auto program =
      gt::capture({{"x", gt::ones({3}, {.device = cuda})}}, [](const gt::Inputs& in) { return in["x"] * 2; });
  EXPECT_TRUE(find(profile.rows(), "multiply"));
  EXPECT_THAT(program.result(), near({2, 2, 2}));
}

TEST_F(CudaNanTrace, NamesTheOpThatMadeTheFirstNan) {
  const auto x = gt::tensor({1.0, -1.0}).to(cuda);
  const gt::NanTrace trace;
  EXPECT_THROW(gt::log(x), gt::ValueError);
  EXPECT_NO_THROW(gt::exp(x));
}

TEST(NanTrace, NamesABackwardPassByTheLineOfItsOp) {
  auto x = gt::tensor({0.0}).requires_grad_();
  const gt::NanTrace trace;
  gt::Tape tape;
  const auto y = gt::sqrt(x);
  const std::uint32_t line = __LINE__ - 1;
  try {
    gt::sum(y).backward();
    ADD_FAILURE() << "the slope of sqrt at 0 is infinite";
  } catch (const gt::ValueError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("sqrt backward: made the first NaN or infinity"));
    EXPECT_EQ(error.where().line, line);
  }
}

TEST(NanTrace, LetsThroughWhatWasThereBefore) {
  const auto x = gt::log(gt::tensor({-1.0}));
  const gt::NanTrace trace;
  EXPECT_NO_THROW(x + 1);
  EXPECT_NO_THROW(gt::full({2}, -INFINITY));
}

}  // namespace
