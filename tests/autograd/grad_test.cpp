#include "tests/support/near.h"

#include <gradtape/autograd/gradcheck.h>
#include <gradtape/ops/free.h>

namespace {

using Inputs = std::vector<gt::Tensor>;

gt::Tensor cubes(const gt::Tensor& x) { return gt::sum(x * x * x) + gt::prod(x); }

TEST(Grad, GivesHigherDerivativesOfOneNumber) {
  const auto x = gt::tensor({2.0}).requires_grad_();
  gt::Tape tape;

  const auto first = gt::grad(gt::sum(gt::pow(x, 5)), x, {.create_graph = true});
  const auto second = gt::grad(gt::sum(first), x, {.create_graph = true});
  const auto third = gt::grad(gt::sum(second), x);

  EXPECT_THAT(first, near({5 * 16.0}));
  EXPECT_THAT(second, near({20 * 8.0}));
  EXPECT_THAT(third, near({60 * 4.0}));
}

TEST(Grad, OfAConstantMayBeLeftUndefined) {
  const auto x = gt::tensor({2.0}).requires_grad_();
  gt::Tape tape;
  gt::Tensor y = x * x * x;
  for (double wanted : {12.0, 12.0, 6.0}) {
    y = gt::grad(y, x, {.create_graph = true, .allow_unused = true});
    EXPECT_THAT(y, near({wanted}));
  }

  EXPECT_FALSE(gt::grad(y, x, {.create_graph = true, .allow_unused = true}).defined());
  EXPECT_THROW(gt::grad(y, x, {.create_graph = true}), gt::TapeError);
  const auto both = gt::grad(Inputs{y, x * 5}, Inputs{x}, {.allow_unused = true});
  EXPECT_THAT(both[0], near({5}));
}

TEST(Grad, OfAConstantMayBeLeftUndefinedWithoutATape) {
  const auto x = gt::tensor({2.0}).requires_grad_();
  const auto y = x * x;  // recorded nowhere

  EXPECT_FALSE(gt::grad(y, x, {.allow_unused = true}).defined());
  EXPECT_FALSE(gt::grad(y, x, {.create_graph = true, .allow_unused = true}).defined());
  const auto both = gt::grad(Inputs{y, gt::tensor({1.0})}, Inputs{x, y}, {.allow_unused = true});
  EXPECT_EQ(both.size(), 2u);
  EXPECT_FALSE(both[0].defined() || both[1].defined());

  EXPECT_ERROR(
      TapeError, gt::grad(y, x),
      "grad: no tape is open\n  tensor  [1]  float64  cpu\n  Open one before computing the loss: gt::Tape tape;");
  EXPECT_THROW(gt::grad(x, x, {.allow_unused = true}), gt::TapeError);  // no constant: it asks for a gradient
  EXPECT_THROW(gt::grad(Inputs{y}, Inputs{x}, {.allow_unused = true, .seeds = {gt::ones({2})}}), gt::ShapeError);
  EXPECT_THROW(gt::grad(y, gt::Tensor(), {.allow_unused = true}), gt::ValueError);
}

TEST(Grad, OfWhatAClosedTapeRecordedIsRefusedAsAnUnusedOneToo) {
  const auto x = gt::tensor({2.0}).requires_grad_();
  gt::Tensor y;
  {
    gt::Tape tape;
    y = x * x;
  }
  const std::string closed = std::string("grad: the tape opened at ") + __FILE__ + ":" + std::to_string(__LINE__ - 3) +
                             " has closed\n  tensor  [1]  float64  cpu\n  Call it while the tape is in scope.";

  EXPECT_ERROR(TapeError, gt::grad(y, x, {.allow_unused = true}), closed);
  gt::Tape another;
  EXPECT_ERROR(TapeError, gt::grad(y, x, {.allow_unused = true}), closed);
  EXPECT_ERROR(TapeError, gt::grad(Inputs{x * x, y}, Inputs{x}, {.allow_unused = true}), closed);
}

TEST(Grad, TakesANumberAsASeed) {
  const auto x = gt::scalar(2.0).requires_grad_();
  gt::Tape tape;

  const auto g = gt::grad(Inputs{x * x}, Inputs{x}, {.seeds = {gt::Tensor(3.0)}});

  EXPECT_THAT(g[0], near({12}));
  EXPECT_FALSE(g[0].tensor_data()->weak_type);  // it is a tensor of its own type
}

TEST(Grad, OfSeveralOutputsTakesASeedForEach) {
  const auto x = gt::tensor({2.0, 3.0}).requires_grad_();
  gt::Tape tape;

  const auto g =
      gt::grad(Inputs{x * x, x * 4}, Inputs{x}, {.seeds = {gt::tensor({1.0, 10.0}), gt::tensor({1.0, 1.0})}});

  EXPECT_THAT(g[0], near({4 + 4, 60 + 4}));
}

TEST(Grad, TakesSeedsTangentsAndVectorsAsTheTypeOfWhatTheyMeet) {
  auto cube = [](const Inputs& x) { return x[0] * x[0] * x[0]; };
  const Inputs x{gt::tensor({1.f, 2.f})};
  for (const auto& seed : {gt::tensor({1, 2}), gt::tensor({1.0, 2.0}), gt::tensor({1.f, 2.f})}) {
    EXPECT_THAT(gt::vjp(cube, x, seed).product[0], near({3, 24}));
    EXPECT_THAT(gt::jvp(cube, x, {seed}).product, near({3, 24}));
    EXPECT_THAT(gt::hvp([&](const Inputs& v) { return gt::sum(cube(v)); }, x, {seed})[0], near({6, 24}));
    EXPECT_EQ(gt::vjp(cube, x, seed).product[0].dtype(), gt::float32);
  }
  EXPECT_THAT(gt::vjp(cube, x, gt::tensor({true, false})).product[0], near({3, 0}));
}

TEST(Grad, OfARecordedTensorIsAnswered) {
  const auto x = gt::tensor({2.0}).requires_grad_();
  gt::Tape tape;
  const auto y = x * x;

  EXPECT_THAT(gt::grad(y * y, y), near({8}));
  EXPECT_FALSE(x.grad().defined());
}

TEST(Grad, OfAHalvedSquareHasItsTrueHessianWhereTheErrorIsZero) {
  auto half = [](const gt::Tensor& w) { return gt::squared_error(w * 3, gt::tensor({6.0})); };

  EXPECT_THAT(gt::hessian(half, gt::tensor({2.0})), near({9}));  // x² at wx = y
}

TEST(Grad, HessianIsSymmetricAndRight) {
  const auto h = gt::hessian(cubes, gt::tensor({1.0, 2.0, 3.0}));

  EXPECT_EQ(h.shape(), (gt::Shape{3, 3}));
  EXPECT_THAT(h, near({6, 3, 2, 3, 12, 1, 2, 1, 18}));  // 6x on the diagonal; the third factor of the product beside it
}

TEST(Grad, HvpIsTheHessianTimesAVector) {
  const auto x = gt::tensor({1.0, 2.0, 3.0}), v = gt::tensor({1.0, -1.0, 2.0});
  auto f = [](const Inputs& in) { return cubes(in[0]); };

  EXPECT_THAT(gt::hvp(f, {x}, {v})[0], near(gt::matmul(gt::hessian(cubes, x), v)));
}

TEST(Grad, JvpAndVjpMeetInTheJacobian) {
  auto f = [](const gt::Tensor& x) { return gt::stack({gt::sum(x * x), gt::prod(x)}); };
  auto of_list = [&](const Inputs& in) { return f(in[0]); };
  const auto x = gt::tensor({2.0, 3.0, 4.0}), v = gt::tensor({1.0, 0.5, -1.0}), u = gt::tensor({2.0, -1.0});

  const auto j = gt::jacobian(f, x);

  EXPECT_THAT(j, near({4, 6, 8, 12, 8, 6}));
  EXPECT_THAT(gt::jvp(of_list, {x}, {v}).product, near(gt::matmul(j, v)));
  EXPECT_THAT(gt::vjp(of_list, {x}, u).product[0], near(gt::matmul(u, j)));
}

TEST(Grad, ValueAndGradGivesZerosForWhatIsNotUsed) {
  auto [value, gradients] =
      gt::value_and_grad([](const Inputs& in) { return gt::sum(in[0]); }, {gt::ones({2}), gt::ones({3})});

  EXPECT_EQ(value.item(), 2);
  EXPECT_THAT(gradients[1], near({0, 0, 0}));
  EXPECT_FALSE(value.requires_grad());
}

TEST(Grad, TransformsInsideATapePassDerivativesOn) {
  const auto w = gt::tensor({2.0}).requires_grad_();
  auto cube = [&](const Inputs& in) { return gt::sum(in[0] * in[0] * in[0] * w); };
  {
    gt::Tape tape;
    auto [value, slopes] = gt::value_and_grad(cube, {w});
    gt::sum(slopes[0]).backward();
  }
  EXPECT_THAT(w.grad(), near({3 * 4 + 6 * 2 * 2}));  // 3x²w at x = w: both the 3x² of w and the 6xw of x
}

TEST(Grad, FlowsThroughAClone) {
  const auto x = gt::tensor({2.0, 3.0}).requires_grad_();
  gt::Tape tape;

  gt::sum(x * x.clone()).backward();

  EXPECT_THAT(x.grad(), near({4, 6}));
}

TEST(Grad, LeftInTwoLeavesIsStillRecorded) {
  const auto a = gt::tensor({1.0, 2.0}).requires_grad_(), b = gt::tensor({3.0, 4.0}).requires_grad_(),
             c = gt::tensor({5.0}).requires_grad_();
  gt::Tape tape;

  gt::sum((a + b) * c).backward({.create_graph = true});

  EXPECT_THAT(gt::grad(gt::sum(a.grad()), c, {.retain_graph = true}), near({2}));
  EXPECT_THAT(gt::grad(gt::sum(b.grad()), c), near({2}));
}

TEST(Grad, JacobianAndHessianInsideATapePassDerivativesOn) {
  const auto w = gt::tensor({2.0, 3.0}).requires_grad_();
  {
    gt::Tape tape;
    const auto j = gt::jacobian([](const gt::Tensor& x) { return x * x * x; }, w);
    EXPECT_THAT(j, near({12, 0, 0, 27}));
    gt::sum(j).backward();
  }
  EXPECT_THAT(w.grad(), near({12, 18}));  // (3x²)' = 6x
  gt::Tensor(w).zero_grad();
  {
    gt::Tape tape;
    const auto v = gt::tensor({5.0}).requires_grad_();
    const auto h = gt::hessian([&](const gt::Tensor& x) { return gt::sum(x * x * x * v); }, w);
    EXPECT_THAT(h, near({60, 0, 0, 90}));
    gt::sum(h).backward();
    EXPECT_THAT(v.grad(), near({12 + 18}));
  }
  EXPECT_THAT(w.grad(), near({30, 30}));  // (6xv)' = 6v
  EXPECT_FALSE(gt::jacobian([](const gt::Tensor& x) { return x * x; }, w).requires_grad());
}

TEST(Grad, JacobianNests) {
  const auto square = [](const gt::Tensor& x) { return x * x * x; };
  const auto second =
      gt::jacobian([&](const gt::Tensor& x) { return gt::jacobian(square, x); }, gt::tensor({2.0, 3.0}));

  EXPECT_EQ(second.shape(), (gt::Shape{2, 2, 2}));
  EXPECT_THAT(second, near({12, 0, 0, 0, 0, 0, 0, 18}));
  EXPECT_EQ(gt::jacobian([](const gt::Tensor& x) { return gt::sum(x); }, gt::ones({300})).shape(), (gt::Shape{300}));
  EXPECT_EQ(gt::jacobian([](const gt::Tensor& x) { return x * x; }, gt::ones({0})).shape(), (gt::Shape{0, 0}));
  EXPECT_THAT(gt::sum(gt::jacobian([](const gt::Tensor& x) { return x * x; }, gt::ones({300}))), near({600}));
}

// The rows of a Jacobian, each by a walk of its own.
gt::Tensor row_by_row(const std::function<gt::Tensor(const gt::Tensor&)>& f, const gt::Tensor& at) {
  const auto x = at.detach().requires_grad_();
  gt::Tape tape;
  const auto y = gt::flatten(f(x));
  Inputs rows;
  for (std::int64_t i = 0; i < y.numel(); ++i) rows.push_back(gt::grad(gt::select(y, 0, i), x, {.retain_graph = true}));
  return gt::stack(rows);
}

TEST(Directions, OfSeedsGiveWhatEachGivesAlone) {
  const auto x = gt::tensor({{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}}).requires_grad_(),
             w = gt::tensor({0.5, -1.0}).requires_grad_();
  const auto seeds = gt::reshape(gt::arange(0, 12, 1, {.dtype = gt::float64}), {2, 2, 3});
  gt::Tape tape;
  const auto y = gt::softmax(gt::tanh(gt::matmul(w, x)), 0);

  const auto all = gt::grad(Inputs{y}, Inputs{x, w}, {.retain_graph = true, .seeds = {seeds}});

  ASSERT_EQ(all[0].shape(), (gt::Shape{2, 2, 2, 3}));
  ASSERT_EQ(all[1].shape(), (gt::Shape{2, 2, 2}));
  for (int i = 0; i < 4; ++i) {
    auto of = [&](const gt::Tensor& t) { return gt::select(gt::select(t, 0, i / 2), 0, i % 2); };
    const auto one = gt::grad(Inputs{y}, Inputs{x, w}, {.retain_graph = true, .seeds = {of(seeds)}});
    EXPECT_THAT(of(all[0]), near(one[0], 1e-14));
    EXPECT_THAT(of(all[1]), near(one[1], 1e-14));
  }
}

TEST(Directions, OfTangentsAndVectorsGiveWhatEachGivesAlone) {
  auto f = [](const Inputs& in) { return gt::exp(in[0]) * in[1]; };
  const Inputs x{gt::tensor({1.0, 2.0}), gt::tensor({3.0, -1.0})};
  const Inputs directions{gt::eye(2, {.dtype = gt::float64}), gt::ones({2, 2}, {.dtype = gt::float64})};

  const auto product = gt::jvp(f, x, directions).product;
  const auto pulled = gt::vjp(f, x, directions[0]).product;
  const auto curved = gt::hvp([&](const Inputs& in) { return gt::sum(f(in)); }, x, directions);

  for (int i = 0; i < 2; ++i) {
    auto of = [&](const gt::Tensor& t) { return gt::select(t, 0, i); };
    EXPECT_THAT(of(product), near(gt::jvp(f, x, {of(directions[0]), of(directions[1])}).product));
    EXPECT_THAT(of(pulled[1]), near(gt::vjp(f, x, of(directions[0])).product[1]));
    EXPECT_THAT(of(curved[0]), near(gt::hvp([&](const Inputs& in) { return gt::sum(f(in)); }, x,
                                            {of(directions[0]), of(directions[1])})[0]));
  }
}

// An op that doubles, and gives each direction to a loop of its own.
struct Doubled {
  static constexpr auto name = "doubled";
  static void backward(gt::Backward& ctx) {
    const gt::Tensor g = ctx.gradient();
    ASSERT_EQ(g.shape(), (gt::Shape{3}));
    ctx.add(0, g * 2);
  }
};

TEST(Directions, AreGivenOneByOneToAnOpThatKnowsOfNone) {
  auto f = [](const gt::Tensor& x) {
    const auto s = gt::sigmoid(x);
    return s * gt::record(Doubled{}, {}, (s * 2).detach(), {s}, {});
  };
  const auto x = gt::tensor({1.0, -2.0, 0.5});

  EXPECT_THAT(gt::jacobian(f, x), near(row_by_row(f, x), 1e-14));
  EXPECT_THAT(gt::hessian([&](const gt::Tensor& x) { return gt::sum(f(x)); }, x),
              near(gt::hessian([&](const gt::Tensor& x) { return gt::sum(gt::sigmoid(x) * gt::sigmoid(x) * 2); }, x)));
}

// The identity, with a backward pass that cannot itself be differentiated.
struct Opaque {
  static constexpr auto name = "opaque";
  static void backward(gt::Backward& ctx) { ctx.add(0, ctx.gradient().detach().clone()); }
};

TEST(Directions, AreThoseOfTheInputsWhereTheseAreFarFewer) {
  const auto along = gt::unsqueeze(gt::linspace(-2, 2, 20, {.dtype = gt::float64}), 1);
  auto f = [&](const gt::Tensor& x) { return gt::tanh(along * x) + gt::softmax(gt::exp(x)) * along; };
  auto opaque = [&](const gt::Tensor& x) { return gt::record(Opaque{}, {}, f(x).detach(), {f(x)}, {}); };
  const auto x = gt::tensor({0.3, -1.0, 2.0});

  EXPECT_EQ(gt::jacobian(f, x).shape(), (gt::Shape{20, 3, 3}));
  EXPECT_THAT(gt::jacobian(f, x), near(row_by_row(f, x), 1e-14));
  EXPECT_THAT(gt::jacobian(opaque, x), near(row_by_row(f, x), 1e-14));
}

TEST(Directions, AreWalkedInPartsWhereTheyAreMany) {
  const auto weights = gt::linspace(1, 2, 700, {.dtype = gt::float64});
  auto f = [&](const gt::Tensor& x) { return gt::softmax(x * weights) * x; };
  const auto x = gt::linspace(-1, 1, 700, {.dtype = gt::float64});

  EXPECT_THAT(gt::jacobian(f, x), near(row_by_row(f, x), 1e-14));
}

TEST(Directions, AreWalkedAloneWhereNoDimensionIsLeftForThem) {
  auto f = [](const gt::Tensor& x) { return gt::flatten(gt::square(gt::reshape(x, {1, 1, 1, 1, 1, 1, 1, 2}))); };
  auto g = [](const gt::Tensor& x) { return gt::sum(x * x); };

  EXPECT_THAT(gt::jacobian(f, gt::tensor({1.0, 3.0})), near({2, 0, 0, 6}));
  EXPECT_THAT(gt::jacobian(g, gt::tensor({1.0, 3.0}).to(gt::float64)), near({2, 6}));
  EXPECT_THAT(gt::jacobian(g, gt::ones({1, 1, 1, 1, 1, 1, 1, 2})), near({2, 2}));
}

TEST(Directions, OfARunOfPointwiseOpsKeepTheirZeros) {
  // Where one input is 0 the slope of the root is infinite; what is not taken contributes 0 in every direction.
  auto f = [](const gt::Tensor& x) { return gt::where(x > 0, gt::sqrt(x) * gt::log(x), 3 * x); };
  const auto x = gt::tensor({0.0, 4.0, -1.0});

  EXPECT_THAT(gt::jacobian(f, x), near(row_by_row(f, x), 1e-14));
  gt::Tape tape;  // recorded, so that zeros are kept in what is recorded too
  EXPECT_THAT(gt::hessian([&](const gt::Tensor& x) { return gt::sum(f(x)); }, gt::tensor({0.0, 4.0}).requires_grad_()),
              near({0, 0, 0, -std::log(4.0) / 32}));
}

TEST(PerExampleGrad, IsTheGradientOfEachLoss) {
  gt::Generator numbers(1);
  const auto x = gt::randn({5, 4}, numbers, {.dtype = gt::float64});
  const auto labels = gt::tensor<std::int64_t>({0, 2, 1, 1, 0});
  const auto w = gt::randn({3, 4}, numbers, {.dtype = gt::float64}).requires_grad_();
  const auto b = gt::randn({3}, numbers, {.dtype = gt::float64}).requires_grad_();
  auto losses = [&] { return gt::cross_entropy(gt::linear(x, w, b), labels, {.reduction = gt::Reduction::none}); };
  gt::Tape tape;

  const auto each = gt::per_example_grad(losses(), Inputs{w, b});

  ASSERT_EQ(each[0].shape(), (gt::Shape{5, 3, 4}));
  ASSERT_EQ(each[1].shape(), (gt::Shape{5, 3}));
  for (int i = 0; i < 5; ++i) {
    const auto alone = gt::grad(gt::select(losses(), 0, i), Inputs{w, b});
    EXPECT_THAT(gt::select(each[0], 0, i), near(alone[0], 1e-14));
    EXPECT_THAT(gt::select(each[1], 0, i), near(alone[1], 1e-14));
  }
  EXPECT_ERROR(ValueError, gt::per_example_grad(losses(), Inputs{w}, {.seeds = {gt::ones({5})}}),
               "per_example_grad: starts from 1 for each loss, and takes no seeds");
}

TEST(Grad, StrongZeroKeepsAnInfiniteSlopeOut) {
  const auto x = gt::tensor({0.0, 4.0}).requires_grad_();
  gt::Tape tape;

  gt::sum(gt::sqrt(x) * gt::tensor({0.0, 1.0})).backward();

  EXPECT_THAT(x.grad(), near({0, 0.25}));
}

// An op whose gradient is wrong by a tenth at each element.
struct Wrong {
  static constexpr auto name = "wrong";
  static void backward(gt::Backward& ctx) { ctx.add(0, ctx.gradient() * 2.2); }
};

TEST(Gradcheck, FindsAWrongGradientAndNamesTheElement) {
  auto f = [](const Inputs& in) { return gt::record(Wrong{}, {}, (in[0] * 2).detach(), {in[0]}, {}); };

  const auto report = gt::gradcheck(f, {gt::tensor({1.0, 2.0})});

  EXPECT_FALSE(report.ok);
  EXPECT_THAT(report.text, testing::HasSubstr("input 0"));
  EXPECT_THAT(report.text, testing::HasSubstr("2.2"));
}

TEST(Gradcheck, SaysWhyNothingCanBeCompared) {
  const auto text = [](auto f, double x) {
    const auto report = gt::gradcheck([=](const Inputs& in) { return f(in[0]); }, {gt::tensor({x})});
    EXPECT_FALSE(report.ok);
    EXPECT_EQ(report.worst > 1e-6, true);
    return report.text;
  };

  EXPECT_EQ(
      text([](const gt::Tensor& x) { return gt::relu(x); }, 0),
      "d of output 0 by element 0 of input 0 [1]: got 0, the function has a kink or a jump within two steps of 0.0001: "
      "its slope is 0 from below and 1 from above");
  EXPECT_EQ(text([](const gt::Tensor& x) { return gt::log(x); }, -1),
            "d of output 0 by element 0 of input 0 [1]: got -1, within two steps of 0.0001 the function is nan: "
            "this is outside of its domain, or at its edge");
  EXPECT_THAT(text([](const gt::Tensor& x) { return gt::sqrt(x); }, 0),
              testing::HasSubstr("outside of its domain, or at its edge"));
  EXPECT_THAT(text([calls = std::make_shared<int>(0)](const gt::Tensor& x) { return x * 2 + ++*calls; }, 1),
              testing::HasSubstr("the function is not deterministic"));
  EXPECT_THAT(text([](const gt::Tensor& x) { return x * gt::rand({1}); }, 1),
              testing::HasSubstr("the function is not deterministic"));
  EXPECT_THAT(gt::gradgradcheck([](const Inputs& in) { return gt::relu(in[0]) * in[0]; }, {gt::tensor({0.0})}).text,
              testing::HasSubstr("kink"));
}

TEST(Gradcheck, AcceptsWhatIsRight) {
  auto f = [](const Inputs& in) { return gt::softmax(gt::matmul(in[0], in[1]), 1); };
  gt::Generator numbers(1);
  const Inputs x{gt::randn({2, 3}, numbers, {.dtype = gt::float64}),
                 gt::randn({3, 4}, numbers, {.dtype = gt::float64})};

  EXPECT_TRUE(gt::gradcheck(f, x));
  EXPECT_TRUE(gt::gradgradcheck(f, x));
}

TEST(GradErrors, NameAFunctionThatGivesNothing) {
  const Inputs x{gt::tensor({1.0})};
  EXPECT_ERROR(ValueError, gt::value_and_grad([](const Inputs&) { return gt::Tensor(); }, x),
               "value_and_grad: the function returned an undefined tensor");
  EXPECT_ERROR(ValueError, gt::jacobian({}, x[0]), "jacobian: an empty function was given");
  EXPECT_ERROR(DTypeError, gt::gradcheck([](const Inputs& v) { return v[0]; }, {gt::tensor({1.f})}),
               "gradcheck: there is nothing to check\n  input  [1]  float32  cpu\n  Differences need float64 inputs: "
               "x.to(gt::float64).");
  EXPECT_ERROR(DTypeError, gt::gradcheck([](const Inputs& v) { return v[0].to(gt::float32); }, x),
               "gradcheck: the function must return float64\n  value  [1]  float32  cpu");
}

TEST(GradErrors, NameWhatDoesNotFit) {
  auto f = [](const Inputs& in) { return in[0] * in[0]; };
  const auto x = gt::tensor({1.0, 2.0});

  EXPECT_ERROR(ShapeError, gt::value_and_grad(f, {x}),
               "value_and_grad: the function must return one number\n  value  [2]  float64  cpu");
  EXPECT_ERROR(
      ShapeError, gt::jvp(f, {x}, {gt::ones({3})}),
      "jvp: input 0 and its tangent differ in shape\n  input    [2]  float64  cpu\n  tangent  [3]  float32  cpu");
  EXPECT_ERROR(ValueError, gt::hvp(f, {x}, {}), "hvp: 0 vectors for 1 inputs");
  gt::Tape tape;
  const auto a = gt::ones({2}).requires_grad_(), y = a * 2, z = a * 3;
  EXPECT_ERROR(ShapeError, gt::grad(Inputs{y, z}, Inputs{a}, {.seeds = {gt::ones({4, 2}), gt::ones({2})}}),
               "grad: the seeds differ in their leading dimensions\n  seed   [4, 2]  float32  cpu\n"
               "  other  [2]     float32  cpu\n  Each direction has a seed for each output.");
  EXPECT_ERROR(
      DTypeError, gt::vjp(f, {gt::arange(0, 3)}, x),
      "vjp: only floating inputs (float16, bfloat16, float32, float64) have gradients\n  input  [3]  int64  cpu");
}

}  // namespace
