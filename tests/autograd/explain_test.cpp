// Why a gradient is absent, 0 or NaN: each fault is planted, and the op and line that it is found at are those.
#include <sstream>

#include "tests/cuda/device.h"

namespace {

class CudaExplain : public Cuda {};

using Reason = gt::Explanation::Reason;
using testing::HasSubstr;

void expect(const gt::Explanation& why, Reason reason, const std::string& op, std::uint32_t line,
            const std::string& text) {
  EXPECT_EQ(static_cast<int>(why.reason), static_cast<int>(reason)) << why;
  EXPECT_EQ(why.op, op) << why;
  EXPECT_EQ(why.line.line, line) << why;
  EXPECT_THAT(why.text, HasSubstr(text));
}

const gt::Tensor v = gt::tensor({3.0, 4.0}).requires_grad_();
gt::Tensor weights() { return gt::tensor({0.5, -2.0}).requires_grad_(); }

TEST(Explain, AGradientThatFlows) {
  const auto w = weights();
  gt::Tape tape;
  const auto loss = gt::sum(gt::relu(w) * v);

  const auto why = gt::explain(loss, w);

  expect(why, Reason::flows, "", 0, "a gradient flows: [2] from 0 to 3, 1 of 2 are 0.");
  loss.backward();  // nothing was spent, nothing added
  EXPECT_THAT(w.grad(), near({3, 0}));
  std::ostringstream printed;
  printed << why;
  EXPECT_EQ(printed.str(), why.text);
}

TEST(Explain, CutByDetach) {
  const auto w = weights();
  gt::Tape tape;
  const auto y = gt::tanh(w);
  const auto loss = gt::sum(y.detach() * v);

  expect(gt::explain(loss, w), Reason::cut, "multiply", __LINE__ - 2, "reads what tanh at " __FILE__);
  expect(gt::explain(loss, y), Reason::cut, "multiply", __LINE__ - 3, "reads the input as a constant, [2].");
}

TEST(Explain, CutRightAtTheInput) {
  const auto w = weights();
  gt::Tape tape;
  const auto loss = gt::sum(w.detach() * v);
  expect(gt::explain(loss, w), Reason::cut, "multiply", __LINE__ - 1,
         "reads the input as a constant, [2].\n  It was cut off there: by detach(), or by NoGrad.");
}

TEST(Explain, CutWhereNothingWasKept) {
  const auto w = weights();
  gt::Tape tape;
  const auto y = w * 2;
  const auto loss = gt::sum(y.detach() + v);
  const std::uint32_t line = __LINE__ - 1;

  const auto why = gt::explain(loss, w);

  expect(why, Reason::cut, "add", line, "it is likely what multiply at " __FILE__ ":" + std::to_string(line - 1));
  EXPECT_THAT(why.text, HasSubstr("That was cut off by detach()."));
}

TEST(Explain, ABranchThatWasNotDetachedIsNoCut) {
  const auto w = weights();
  gt::Tape tape;
  const auto unused = gt::exp(w);
  const auto loss = gt::sum(v + gt::tensor({1.0, 2.0}));
  EXPECT_EQ(gt::explain(loss, w).reason, Reason::not_on_path);
}

TEST(Explain, ALossThatIsADetachedOne) {
  const auto w = weights();
  gt::Tape tape;
  const auto loss = gt::sum(w * v).detach();
  expect(gt::explain(loss, w), Reason::cut, "sum", __LINE__ - 1, "the loss is a detach() of what sum at");
}

TEST(Explain, ComputedUnderNoGrad) {
  const auto w = weights();
  gt::Tape tape;
  gt::Tensor y;
  {
    gt::NoGrad pause;
    y = gt::tanh(w);
  }
  const auto loss = gt::sum(y * v);
  expect(gt::explain(loss, w), Reason::not_on_path, "", 0,
         "No op on this tape has read it as a variable.\n  A constant is read by:         multiply at");
}

TEST(Explain, TheCloneOfAClosedTape) {
  const auto w = weights();
  gt::Tensor copy;
  {
    gt::Tape before;
    copy = w.clone();
  }
  const std::uint32_t line = __LINE__ - 3;
  gt::Tape tape;
  const auto loss = gt::sum(copy * v);

  expect(gt::explain(loss, copy), Reason::tape_closed, "", 0, ":" + std::to_string(line) + ", which has closed");
  expect(gt::explain(loss, w), Reason::tape_closed, "multiply", __LINE__ - 3,
         "reads a tensor [2] of the tape opened at ");
}

TEST(Explain, ALossOfAClosedTape) {
  const auto w = weights();
  gt::Tensor loss;
  {
    gt::Tape tape;
    loss = gt::sum(w);
  }
  expect(gt::explain(loss, w), Reason::tape_closed, "", 0, "the loss was computed on the tape opened at");
  expect(gt::explain(gt::sum(w), w), Reason::constant_loss, "", 0, "no tape is open");
}

TEST(Explain, AnInputThatDoesNotAsk) {
  gt::Tape tape;
  const auto x = gt::tensor({1.0, 2.0});
  expect(gt::explain(gt::sum(x * v), x), Reason::not_asked, "", 0,
         "the input does not ask for a gradient.\n  Call requires_grad_()");
  expect(gt::explain(gt::sum(v), v.detach()), Reason::not_asked, "", 0,
         "the input is a detach() of a tensor that has a gradient");
  expect(gt::explain(gt::sum(v), gt::tensor({1, 2})), Reason::not_asked, "", 0, "the input is int32: only floating");
  auto frozen = weights();
  frozen.requires_grad_(false);
  expect(gt::explain(gt::sum(v * frozen), frozen), Reason::not_asked, "", 0, "the input is frozen");
}

TEST(Explain, AConstantLoss) {
  gt::Tape tape;
  expect(gt::explain(gt::sum(gt::ones({2})), v), Reason::constant_loss, "", 0, "the loss is a constant");
}

TEST(Explain, AnInputThatWasNeverUsed) {
  const auto w = weights();
  gt::Tape tape;
  const auto loss = gt::sum(v * v);
  expect(gt::explain(loss, w), Reason::not_on_path, "", 0, "No op on this tape has read it");
}

TEST(Explain, ABranchThatDoesNotReachTheLoss) {
  const auto w = weights();
  gt::Tape tape;
  gt::exp(w * v);
  const std::uint32_t line = __LINE__ - 1;
  const auto loss = gt::sum(v * v);
  expect(gt::explain(loss, w), Reason::not_on_path, "exp", line, "The last one computed from it: exp at");
}

TEST(Explain, WhatSaturates) {
  const auto w = gt::tensor({-3.0, -0.5}).requires_grad_();
  gt::Tape tape;
  const auto h = w * v;
  const auto active = gt::relu(h);
  const auto loss = gt::sum((active + 1) * v);

  const auto why = gt::explain(loss, w);

  expect(why, Reason::zero, "relu", __LINE__ - 5, "the gradient is 0 everywhere.\n  relu at ");
  EXPECT_THAT(why.text, HasSubstr("came  [2] from 3 to 4\n    went  [2] from 0 to 0\n    read  [2] from -9 to -2"));
}

TEST(Explain, EachBranchThatSaturates) {
  const auto w = gt::tensor({-3.0, -0.5}).requires_grad_();
  gt::Tape tape;
  const auto clamped = gt::sum(gt::clamp(w, 0, 1) * v), both = clamped + gt::sum(gt::relu(w));
  const auto why = gt::explain(both, w);
  EXPECT_EQ(why.line.line, static_cast<std::uint32_t>(__LINE__ - 2));
  EXPECT_THAT(why.text, testing::AllOf(HasSubstr("clamp at "), HasSubstr("relu at ")));
}

TEST(Explain, TheFirstGradientThatIsNan) {
  const auto w = gt::tensor({0.0, 4.0}).requires_grad_();
  gt::Tape tape;
  const auto safe = w * 1;
  const auto root = gt::sqrt(safe);
  const auto loss = gt::sum(root * v) + gt::sum(safe);

  const auto why = gt::explain(loss, w);

  expect(why, Reason::not_finite, "sqrt", __LINE__ - 5, "sqrt at ");
  EXPECT_THAT(why.text, HasSubstr("made the first gradient that is not finite.\n    came  [2] from 3 to 4\n    went  "
                                  "[2] from 2 to 2, 1 infinite"));
  EXPECT_THAT(why.text, HasSubstr("clamp it, or choose with where()"));
}

TEST(Explain, ANanOfTheForwardPass) {
  const auto w = gt::tensor({-1.0, 4.0}).requires_grad_();
  gt::Tape tape;
  const auto logs = gt::log(w.detach());
  const auto product = w * logs;

  expect(gt::explain(gt::sum(product), w), Reason::not_finite, "multiply", __LINE__ - 2,
         "What it read was not finite: a gt::NanTrace around the forward pass");
}

TEST(Explain, ThroughOneOfSeveralOutputs) {
  const auto w = gt::tensor({-1.0, 4.0, 0.0}).requires_grad_();
  gt::Tape tape;
  const auto parts = gt::split(w, {1, 2});
  expect(gt::explain(gt::sum(parts[1]), w), Reason::flows, "", 0, "1 of 3 are 0");
  expect(gt::explain(gt::sum(gt::sqrt(parts[1])), w), Reason::not_finite, "sqrt", __LINE__, "sqrt at");
  expect(gt::explain(gt::sum(gt::relu(parts[0])), w), Reason::zero, "relu", __LINE__, "relu at");
  expect(gt::explain(gt::sum(parts[0]), parts[1]), Reason::not_on_path, "sum", __LINE__ - 2,
         "The last one computed from it: sum at");
}

TEST(Explain, AfterBackwardTheStructureIsStillThere) {
  const auto w = weights(), unused = weights();
  gt::Tape tape;
  const auto loss = gt::sum(gt::tanh(w) * v);
  loss.backward();
  expect(gt::explain(loss, unused), Reason::not_on_path, "", 0, "No op on this tape");
  EXPECT_THROW(gt::explain(loss, w), gt::TapeError);
}

TEST(Explain, UndefinedTensorsAreRefused) {
  EXPECT_THROW(gt::explain({}, v), gt::ValueError);
  EXPECT_THROW(gt::explain(v, {}), gt::ValueError);
}

TEST_F(CudaExplain, FindsTheSame) {
  auto w = gt::tensor({0.0, -1.0}).to(cuda).requires_grad_();
  gt::Tape tape;
  expect(gt::explain(gt::sum(gt::sqrt(w * w)), w), Reason::not_finite, "sqrt", __LINE__, "sqrt at");
  expect(gt::explain(gt::sum(gt::relu(w)), w), Reason::zero, "relu", __LINE__, "relu at");
}

}  // namespace
