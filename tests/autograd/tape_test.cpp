#include <thread>

#include "tests/support/near.h"

namespace {

gt::Tensor leaf(std::initializer_list<double> values) { return gt::tensor(values).requires_grad_(); }

TEST(Tape, RecordsNothingWhenNoneIsOpen) {
  const auto x = leaf({1, 2});

  const auto y = x * x;

  EXPECT_FALSE(y.requires_grad());
}

TEST(Tape, RecordsOnlyWhatLeadsToAGradient) {
  const auto w = leaf({2}), x = gt::tensor({3.0});
  gt::Tape tape;

  const auto a = x * x;
  const auto b = w * a;

  EXPECT_FALSE(a.requires_grad());
  EXPECT_TRUE(b.requires_grad());
  EXPECT_EQ(tape.size(), 2u);  // w and the product
}

TEST(Tape, PausesInsideNoGrad) {
  const auto w = leaf({2});
  gt::Tape tape;
  gt::Tensor y;
  {
    gt::NoGrad pause;
    y = w * w;
  }

  EXPECT_FALSE(y.requires_grad());
  EXPECT_TRUE((w * w).requires_grad());
}

TEST(Tape, BackwardFillsTheGradientsOfItsLeaves) {
  const auto w = leaf({2, 3}), x = gt::tensor({5.0, 7.0});
  gt::Tape tape;

  gt::sum(w * w * x).backward();

  EXPECT_THAT(w.grad(), near({2 * 2 * 5, 2 * 3 * 7}));  // d(w²x)/dw = 2wx
  EXPECT_FALSE(x.grad().defined());
}

TEST(Tape, BackwardAddsUntilAStepHasUsedTheGradient) {
  auto w = leaf({2});
  for (int i = 0; i < 2; ++i) {
    gt::Tape tape;
    (w * 3).backward();
  }
  EXPECT_THAT(w.grad(), near({6}));

  w.mark_grad_used();
  EXPECT_THAT(w.grad(), near({6}));
  {
    gt::Tape tape;
    (w * 5).backward();
  }
  EXPECT_THAT(w.grad(), near({5}));
}

TEST(Tape, ATensorUsedTwiceGathersBothGradients) {
  const auto w = leaf({2});
  gt::Tape tape;
  const auto y = gt::exp(w);

  (y * w + y).backward();

  EXPECT_THAT(w.grad(), near({std::exp(2.0) * (2 + 1 + 1)}));  // (we^w + e^w)' = we^w + 2e^w
}

TEST(Tape, LeavesPlainValuesWhenItCloses) {
  const auto w = leaf({2});
  gt::Tensor y;
  {
    gt::Tape tape;
    y = w * w;
  }

  EXPECT_FALSE(y.requires_grad());
  EXPECT_FALSE(y.grad().defined());
  EXPECT_THAT(y, near({4}));
}

TEST(Tape, InsideAnotherKeepsItsRecordsForTheOuter) {
  const auto w = leaf({3});
  gt::Tape outer;
  gt::Tensor y;
  {
    gt::Tape inner;
    y = w * w;
    EXPECT_EQ(inner.size(), 2u);
  }

  (y * w).backward();

  EXPECT_THAT(w.grad(), near({27}));  // (w³)' = 3w²
}

TEST(Tape, PassesDerivativesThroughAnInnerGradient) {
  const auto w = leaf({3});
  gt::Tape outer;
  gt::Tensor slope;
  {
    gt::Tape inner;
    slope = gt::grad(w * w * w, w, {.create_graph = true});
  }

  slope.backward();

  EXPECT_THAT(w.grad(), near({18}));  // (3w²)' = 6w
}

TEST(Tape, ClosesInAnyOrder) {
  const auto w = leaf({3});
  auto outer = std::make_unique<gt::Tape>();
  const auto square = w * w;
  auto inner = std::make_unique<gt::Tape>();
  const auto cube = square * w;

  outer.reset();
  EXPECT_TRUE((w * 2).requires_grad());
  (cube * w).backward();
  EXPECT_THAT(w.grad(), near({4 * 27}));  // (w⁴)' = 4w³
  inner.reset();

  EXPECT_FALSE((w * 2).requires_grad());
  EXPECT_FALSE(cube.requires_grad());
  EXPECT_THROW(cube.backward(), gt::TapeError);
  gt::Tape tape;
  EXPECT_TRUE((w * 2).requires_grad());
}

TEST(Tape, ThatClosesBeforeAPauseLeavesNothingRecording) {
  const auto w = leaf({3});
  auto tape = std::make_unique<gt::Tape>();
  auto pause = std::make_unique<gt::NoGrad>();

  tape.reset();
  EXPECT_FALSE((w * 2).requires_grad());
  pause.reset();
  EXPECT_FALSE((w * 2).requires_grad());

  tape = std::make_unique<gt::Tape>();
  pause = std::make_unique<gt::NoGrad>();
  auto inner = std::make_unique<gt::Tape>();
  pause.reset();
  EXPECT_TRUE((w * 2).requires_grad());
  inner.reset();
  EXPECT_TRUE((w * 2).requires_grad());
}

TEST(Tape, IsUsableAfterAnError) {
  const auto w = leaf({1, 2});
  gt::Tape tape;
  const auto y = w * w;

  EXPECT_THROW(y.backward(), gt::ShapeError);
  EXPECT_THROW(w + gt::zeros({3}), gt::ShapeError);
  gt::sum(y).backward();

  EXPECT_THAT(w.grad(), near({2, 4}));
}

TEST(Tape, CanBeWalkedAgainWhenRetained) {
  const auto w = leaf({2});
  gt::Tape tape;
  const auto y = gt::exp(w);

  y.backward({.retain_graph = true});
  y.backward();

  EXPECT_THAT(w.grad(), near({2 * std::exp(2.0)}));
}

TEST(Tape, DetachCutsTheWay) {
  const auto w = leaf({2});
  gt::Tape tape;

  (w * (w * w).detach()).backward();

  EXPECT_THAT(w.grad(), near({4}));
}

TEST(Tape, PlusEqualsRebindsAndKeepsTheOldTensor) {
  const auto w = leaf({2});
  gt::Tape tape;
  gt::Tensor y = w * w;
  const gt::Tensor old = y;

  y += 1;
  (y * old).backward();

  EXPECT_THAT(old, near({4}));
  EXPECT_THAT(w.grad(), near({4 * 8 + 4}));  // (w⁴ + w²)' = 4w³ + 2w
}

TEST(Tape, ABranchNotTakenCannotPoisonAGradient) {
  auto f = [](const gt::Tensor& x) { return gt::sum(gt::where(x > 0, gt::log(x) * gt::sqrt(x), x * 2)); };
  const auto x = leaf({-1, 0, 4});
  {
    gt::Tape tape;
    f(x).backward();
  }

  const double slope = std::log(4.0) / 4 + 0.5;  // (√x log x)' = log x / (2√x) + 1/√x
  EXPECT_THAT(x.grad(), near({2, 2, slope}));
  const double second = -std::log(4.0) / 32;  // (log x / (2√x) + 1/√x)' = -log x / (4x√x)
  EXPECT_THAT(gt::hessian(f, x.detach()), near({0, 0, 0, 0, 0, 0, 0, 0, second}));
  auto g = [&](const std::vector<gt::Tensor>& v) { return f(v[0]); };
  EXPECT_THAT(gt::jvp(g, {x.detach()}, {gt::tensor({1.0, 1.0, 1.0})}).product, near({4 + slope}));
}

TEST(Tape, ChainsOfTenMillionOpsNeedNoStack) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr int ops = 300'000;
#else
  constexpr int ops = 10'000'000;
#endif
  const auto w = gt::tensor({0.25f}).requires_grad_();
  {
    gt::Tape tape;
    gt::Tensor x = w;
    for (int i = 0; i < ops; ++i) x = -x;
    x.backward();
  }
  gt::release_spare_memory();

  EXPECT_THAT(w.grad(), near({1}));  // (-1) to an even power
}

TEST(Tape, OfManyThreadsMayShareParameters) {
  gt::Linear model(8, 4);
  const auto x = gt::ones({3, 8});
  constexpr int threads = 8, steps = 50;
  auto work = [&] {
    for (int i = 0; i < steps; ++i) {
      gt::Tape tape;
      gt::sum(model(x)).backward();
    }
  };

  std::vector<std::thread> team;
  for (int i = 0; i < threads; ++i) team.emplace_back(work);
  for (auto& thread : team) thread.join();

  // Every x is 1, and there are three rows.
  EXPECT_THAT(model.weight.grad(), near(gt::full({4, 8}, 3.0 * threads * steps)));
  EXPECT_THAT(model.bias.grad(), near(gt::full({4}, 3.0 * threads * steps)));
}

TEST(Tape, GivesTheSameBitsForAnyNumberOfThreads) {
  auto step = [](int threads) {
    gt::set_num_threads(threads);
    gt::Generator numbers(5);
    const auto x = gt::randn({700, 300}, numbers), labels = gt::randint(0, 17, {700}, numbers);
    const auto w = gt::randn({17, 300}, numbers).requires_grad_();
    gt::Tape tape;
    gt::Tensor loss = gt::cross_entropy(gt::linear(gt::tanh(x), w), labels) + gt::mean(gt::var(gt::linear(x, w), {0}));
    loss.backward();
    auto all = w.grad().to_vector<float>();
    all.push_back(loss.item<float>());
    return all;
  };
  const int before = gt::num_threads();

  const auto one = step(1);

  EXPECT_EQ(step(2), one);
  EXPECT_EQ(step(4), one);
  gt::set_num_threads(before);
}

TEST(Tape, ReportsItsRecordsAndWhatTheyKeep) {
  const auto w = leaf({2, 3});
  gt::Tape tape;
  const auto y = gt::tanh(w);
  const std::string line = std::to_string(__LINE__ - 1);

  EXPECT_EQ(tape.kept_bytes(), 16u);
  EXPECT_EQ(tape.report(), "tape: 2 records, 16 bytes kept\n         1             16  tanh                 " +
                               std::string(__FILE__) + ":" + line + "\n         1              0  leaf\n");
  EXPECT_THAT(tape.dot(), testing::StartsWith("digraph tape {"));
}

TEST(TapeErrors, BackwardWithoutATape) {
  const auto w = leaf({2});
  const auto y = w * w;

  EXPECT_ERROR(
      TapeError, y.backward(),
      "backward: no tape is open\n  tensor  [1]  float64  cpu\n  Open one before computing the loss: gt::Tape tape;");
}

TEST(TapeErrors, BackwardAfterTheTapeClosed) {
  const auto w = leaf({2});
  gt::Tensor y;
  {
    gt::Tape tape;
    y = w * w;
  }
  const std::string opened = std::string(__FILE__) + ":" + std::to_string(__LINE__ - 3);

  EXPECT_ERROR(TapeError, y.backward(),
               "backward: the tape opened at " + opened +
                   " has closed\n  tensor  [1]  float64  cpu\n  Call it while the tape is in scope.");
}

TEST(TapeErrors, BackwardTwice) {
  const auto w = leaf({2});
  gt::Tape tape;
  const auto y = gt::exp(w);
  const std::string line = std::string(__FILE__) + ":" + std::to_string(__LINE__ - 1);
  y.backward();

  EXPECT_ERROR(TapeError, y.backward(),
               "backward: this part of the tape was walked before (exp at " + line +
                   "), and what it kept was let go\n  Pass {.retain_graph = true} to the first walk, or compute the "
                   "loss again.");
}

TEST(TapeErrors, BackwardFromATensorOffTheTape) {
  const auto x = gt::tensor({2.0});
  gt::Tape tape;

  EXPECT_ERROR(TapeError, (x * x).backward(),
               "backward: this tensor was not computed on the open tape from anything that requires a gradient\n  "
               "tensor  [1]  float64  cpu\n"
               "  Call requires_grad_() on what it is computed from, and compute it while the tape is open.");
}

TEST(TapeErrors, BackwardFromMoreThanOneElement) {
  const auto w = leaf({2, 3});
  gt::Tape tape;

  EXPECT_ERROR(ShapeError, (w * w).backward(),
               "backward: starts from a loss of one element\n  loss  [2]  float64  cpu\n  Reduce it first (sum, mean), "
               "or give seeds to gt::grad.");
}

TEST(TapeErrors, WritingInPlaceOnARecordedTensor) {
  const auto w = leaf({2});
  gt::Tape tape;
  auto y = w * w;

  EXPECT_ERROR(
      TapeError, y.fill_(0),
      "fill_: the tensor was computed on the open tape, so it cannot be written in place\n  tensor  [1]  float64  cpu\n"
      "  Make a new tensor instead (x = x + y), or write before the tape opens.");
  EXPECT_THROW(y.add_(gt::tensor({1.0})), gt::TapeError);
  EXPECT_THAT(y, near({4}));
}

TEST(TapeErrors, WritingAParameterWhileATapeRecords) {
  auto w = leaf({2}).set_name("w");
  gt::Tape tape;

  EXPECT_ERROR(TapeError, w.fill_(0),
               "fill_: a tensor that requires a gradient cannot be written while a tape records\n  tensor  w  [1]  "
               "float64  cpu\n"
               "  Write outside the tape, or inside a gt::NoGrad scope.");
}

TEST(TapeErrors, WritingWhatTheTapeKept) {
  auto w = leaf({2});
  gt::Tape tape;
  const auto y = gt::square(w);
  const std::string file = __FILE__, kept = std::to_string(__LINE__ - 1);
  {
    gt::NoGrad pause;
    w.fill_(5);
  }
  const std::string written = std::to_string(__LINE__ - 2);

  EXPECT_ERROR(TapeError, y.backward(),
               "backward: a tensor that square kept at " + file + ":" + kept + " was written in place at " + file +
                   ":" + written + "\n  kept  [1]  float64  cpu\n  Write after backward, or keep a clone().");
}

TEST(TapeErrors, NameTheWriteThatWasAsked) {
  auto w = leaf({2});
  auto buffer = gt::tensor({1.0});
  gt::Tape tape;
  const auto y = w * w;

  EXPECT_ERROR(
      TapeError, w.zero_(),
      "zero_: a tensor that requires a gradient cannot be written while a tape records\n  tensor  [1]  float64  cpu\n"
      "  Write outside the tape, or inside a gt::NoGrad scope.");
  EXPECT_ERROR(
      TapeError, w.add_(buffer),
      "add_: a tensor that requires a gradient cannot be written while a tape records\n  tensor  [1]  float64  cpu\n"
      "  Write outside the tape, or inside a gt::NoGrad scope.");
  EXPECT_ERROR(TapeError, buffer.add_(y),
               "add_: a gradient flows to what is written, and would be lost\n  from  [1]  float64  cpu\n"
               "  Make a new tensor instead (x = x + from), or write from.detach().");
  EXPECT_ERROR(TapeError, buffer.copy_(w),
               "copy_: a gradient flows to what is written, and would be lost\n  from  [1]  float64  cpu\n"
               "  Make a new tensor instead (x = from), or write from.detach().");
  buffer.copy_(y.detach()).add_(w.detach(), 2);
  EXPECT_THAT(buffer, near({8}));
  {
    gt::NoGrad pause;
    buffer.copy_(w);
  }
  EXPECT_THAT(buffer, near({2}));
}

TEST(TapeErrors, TheGradientOfWhatIsNoLeaf) {
  const auto w = leaf({2});
  gt::Tape tape;
  const auto y = w * w;

  EXPECT_ERROR(TapeError, y.grad(),
               "grad: this tensor is no leaf, so backward() leaves no gradient with it\n  tensor  [1]  float64  cpu\n  "
               "Ask for it: gt::grad(loss, x).");
}

TEST(TapeErrors, AnInputThatIsNotUsed) {
  const auto w = leaf({2}), v = leaf({1});
  gt::Tape tape;
  const auto y = w * w;

  EXPECT_ERROR(TapeError, gt::grad(y, {w, v}),
               "grad: the loss does not depend on input 1\n  input  [1]  float64  cpu\n  Pass {.allow_unused = true} "
               "to get an undefined tensor for it.");
  EXPECT_FALSE(gt::grad(w * w, {w, v}, {.allow_unused = true})[1].defined());
}

}  // namespace
