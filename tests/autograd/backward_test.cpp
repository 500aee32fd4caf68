#include "tests/support/near.h"

#include <gradtape/ops/free.h>

namespace {

using Inputs = std::vector<gt::Tensor>;
using testing::HasSubstr;

gt::Tensor leaf(std::initializer_list<double> values) { return gt::tensor(values).requires_grad_(); }

// Multiplies by 3; its backward fails while it is told to.
struct Fragile {
  static constexpr auto name = "fragile";
  static inline int until_failure = -1;  // calls of backward that still go well; -1: all
  static void backward(gt::Backward& ctx) {
    if (until_failure-- == 0) throw std::runtime_error("no");
    ctx.add(0, ctx.gradient() * 3);
  }
};
gt::Tensor fragile(const gt::Tensor& x) { return gt::record(Fragile{}, {}, (x * 3).detach(), {x}, {}); }

TEST(BackwardPass, ForWhatWasUsedLaterLeavesNothing) {
  const auto x = leaf({2}), w = leaf({1});
  gt::Tape tape;
  const auto y = x * 3;
  const auto later = w * y;

  for (int i = 0; i < 2; ++i) {
    EXPECT_THROW(gt::grad(y, w, {.retain_graph = true}), gt::TapeError);
    EXPECT_FALSE(gt::grad(y, w, {.retain_graph = true, .allow_unused = true}).defined());
    EXPECT_FALSE(gt::grad(y, later, {.retain_graph = true, .allow_unused = true}).defined());
    EXPECT_TRUE(gt::grad(y, Inputs{}, {.retain_graph = true}).empty());
    EXPECT_THAT(gt::grad(y, x, {.retain_graph = true}), near({3}));
    EXPECT_FALSE(gt::grad(y, w, {.retain_graph = true, .allow_unused = true}).defined());
  }
  y.backward();
  EXPECT_THAT(x.grad(), near({3}));
}

TEST(BackwardPass, OfARefusedQuestionLeavesNothing) {
  const auto x = leaf({2}), w = leaf({1});
  gt::Tape tape;
  const auto y = x * 3;
  const auto later = w * y;

  EXPECT_THROW(gt::grad(y, w, {.retain_graph = true}), gt::TapeError);
  EXPECT_THROW(gt::grad(y, later, {.retain_graph = true}), gt::TapeError);
  EXPECT_FALSE(gt::grad(y, w, {.retain_graph = true, .allow_unused = true}).defined());
  EXPECT_TRUE(gt::grad(y, Inputs{}, {.retain_graph = true}).empty());
  EXPECT_THROW(gt::grad(Inputs{y, y}, Inputs{x}, {.retain_graph = true, .seeds = {gt::tensor({1.0}), gt::zeros({3})}}),
               gt::ShapeError);
  EXPECT_THROW(gt::grad(Inputs{y, w * gt::ones({2})}, Inputs{x}, {.retain_graph = true}), gt::ShapeError);
  EXPECT_THROW(gt::grad(Inputs{y, gt::Tensor()}, Inputs{x}, {.retain_graph = true}), gt::ValueError);
  EXPECT_THROW(gt::grad(y, gt::Tensor(), {.retain_graph = true}), gt::ValueError);

  EXPECT_THAT(gt::grad(y, x, {.retain_graph = true}), near({3}));
  y.backward();
  EXPECT_THAT(x.grad(), near({3}));
  EXPECT_FALSE(w.grad().defined());
}

TEST(BackwardPass, ThatFailsAtAnyStepLeavesNothing) {
  for (bool create_graph : {false, true}) {
    for (int failure = 0; failure <= 4; ++failure) {
      const auto x = leaf({2}), w = leaf({5});
      gt::Tape tape;
      const auto y = fragile(fragile(x) * w);  // 9xw
      const auto loss = fragile(y + fragile(x)) + w;  // 27xw + 9x + w: w's own gradient arrives before the failures
      const auto once = [&] { return gt::grad(loss, {x, w, y}, {.create_graph = create_graph, .retain_graph = true}); };
      const auto exact = [&] {
        const auto all = once();
        EXPECT_THAT(all[0], near({27 * 5 + 9}));
        EXPECT_THAT(all[1], near({27 * 2 + 1}));
        EXPECT_THAT(all[2], near({3}));
      };

      Fragile::until_failure = failure;
      if (failure < 4) EXPECT_THROW(once(), std::runtime_error);
      Fragile::until_failure = failure;
      if (failure < 4)
        EXPECT_THROW(loss.backward({.create_graph = create_graph, .retain_graph = true}), std::runtime_error);
      Fragile::until_failure = -1;

      exact();
      EXPECT_FALSE(x.grad().defined());
      EXPECT_FALSE(w.grad().defined());
      loss.backward({.retain_graph = true});
      EXPECT_THAT(x.grad(), near({27 * 5 + 9}));
      EXPECT_THAT(w.grad(), near({27 * 2 + 1}));
    }
  }
}

TEST(BackwardPass, ThatFailedWithoutKeepingTheGraphRefusesToGoOn) {
  const auto x = leaf({2});
  gt::Tape tape;
  const auto y = gt::exp(fragile(x));
  Fragile::until_failure = 0;
  EXPECT_THROW(y.backward(), std::runtime_error);
  Fragile::until_failure = -1;

  EXPECT_THROW(y.backward(), gt::TapeError);
  EXPECT_FALSE(x.grad().defined());
  fragile(x).backward();
  EXPECT_THAT(x.grad(), near({3}));
}

TEST(BackwardPass, StopsAtWhatIsAskedFor) {
  const auto x = leaf({2});
  gt::Tape tape;
  const auto y = gt::exp(x);
  const auto z = y * 5;

  EXPECT_THAT(gt::grad(z, y), near({5}));

  EXPECT_THAT(gt::grad(y, x), near({std::exp(2.0)}));  // y itself was not walked
}

TEST(BackwardPass, AnswersTheSameTensorTwice) {
  const auto x = leaf({2}), w = leaf({3});
  gt::Tape tape;
  const auto y = x * w;

  const auto all = gt::grad(y * y, {x, y, x, w, y});

  EXPECT_THAT(all[0], near({36}));
  EXPECT_THAT(all[1], near({12}));
  EXPECT_THAT(all[2], near({36}));
  EXPECT_THAT(all[3], near({24}));
  EXPECT_THAT(all[4], near({12}));
}

// x³, whose backward asks for a gradient itself.
struct Cube {
  static constexpr auto name = "cube";
  static void backward(gt::Backward& ctx) {
    const gt::Tensor x = ctx.kept(0);
    gt::Tensor slope;
    {
      gt::Tape tape;
      slope = gt::grad(gt::sum(x * x * x), x, {.create_graph = true});
    }
    ctx.add(0, ctx.gradient() * slope);
  }
};
gt::Tensor cube(const gt::Tensor& x) { return gt::record(Cube{}, {}, (x * x * x).detach(), {x}, {x}); }

// cube(x), whose backward asks for the gradient of an op whose backward does.
struct Deeper {
  static constexpr auto name = "deeper";
  static void backward(gt::Backward& ctx) {
    const gt::Tensor x = ctx.kept(0);
    gt::Tensor slope;
    {
      gt::Tape tape;
      slope = gt::grad(gt::sum(cube(x)), x, {.create_graph = true});
    }
    ctx.add(0, ctx.gradient() * slope);
  }
};
gt::Tensor deeper(const gt::Tensor& x) { return gt::record(Deeper{}, {}, (x * x * x).detach(), {x}, {x}); }

TEST(BackwardPass, InsideAnotherIsExact) {
  for (const auto& f : {cube, deeper}) {
    const auto x = leaf({2});
    gt::Tape tape;

    const auto first = gt::grad(f(x), x, {.create_graph = true});
    const auto second = gt::grad(first, x, {.create_graph = true});
    const auto third = gt::grad(second, x, {.create_graph = true});
    EXPECT_THAT(first, near({12}));  // 3x²
    EXPECT_THAT(second, near({12}));  // 6x
    EXPECT_THAT(third, near({6}));

    const auto y = f(x);
    EXPECT_THAT(gt::grad(y * y, x, {.create_graph = true}), near({6 * 32}));  // (x⁶)' = 6x⁵
    EXPECT_THAT(gt::grad(f(f(x)), x, {.create_graph = true}), near({9 * 256}));  // (x⁹)' = 9x⁸
    const auto again = f(x) * f(x);
    again.backward();
    EXPECT_THAT(x.grad(), near({6 * 32}));
  }
}

// Hands to the engine what it is told to.
struct Careless {
  static constexpr auto name = "careless";
  static inline std::function<void(gt::Backward&)> does;
  double number = 1;
  static void backward(gt::Backward& ctx) { does(ctx); }
};

// What is said when Careless, called with x [2] and a constant, is walked back and does this.
std::string said(const std::function<void(gt::Backward&)>& does) {
  Careless::does = does;
  const auto x = leaf({1, 2}).set_name("x");
  gt::Tape tape;
  const auto y = gt::record(Careless{}, {"my_ops.cpp", 7}, (x * 2).detach(), {x, gt::ones({3})}, {x, gt::Tensor()});
  std::string text;
  try {
    gt::sum(y).backward({.retain_graph = true});
  } catch (const gt::Error& error) { text = error.what(); }
  EXPECT_FALSE(x.grad().defined());
  Careless::does = [](gt::Backward& ctx) { ctx.add(0, ctx.gradient()); };
  gt::sum(y).backward();
  EXPECT_THAT(x.grad(), near({1, 1}));
  return text;
}

TEST(BackwardErrors, AGradientMustLookLikeItsInput) {
  EXPECT_THAT(
      said([](auto& ctx) { ctx.add(0, gt::ones({3}, {.dtype = gt::float64})); }),
      testing::StartsWith(
          "ShapeError: careless: its backward gave input 0 a gradient of another shape (careless at my_ops.cpp:7)\n"
          "  gradient     [3]  float64  cpu\n  input     x  [2]  float64  cpu\n  Reduce what was broadcast: "
          "gt::sum_to(gradient, shape)."));
  EXPECT_THAT(said([](auto& ctx) { ctx.add(0, gt::ones({1 << 20}, {.dtype = gt::float64})); }),
              HasSubstr("another shape"));
  EXPECT_THAT(said([](auto& ctx) { ctx.add(0, gt::ones({2, 1}, {.dtype = gt::float64})); }),
              HasSubstr("another shape"));
  EXPECT_THAT(said([](auto& ctx) { ctx.add(0, gt::scalar(1.0)); }), HasSubstr("another shape"));
  EXPECT_THAT(
      said([](auto& ctx) { ctx.add(0, gt::ones({2})); }),
      HasSubstr(
          "DTypeError: careless: its backward gave input 0 a gradient of another type (careless at my_ops.cpp:7)\n"
          "  gradient     [2]  float32  cpu\n  input     x  [2]  float64  cpu"));
  EXPECT_THAT(said([](auto& ctx) {
                ctx.add(0, ctx.gradient());
                ctx.add(0, gt::ones({2}));
              }),
              HasSubstr("another type"));
}

TEST(BackwardErrors, WhatABackwardSpeaksOfMustExist) {
  EXPECT_THAT(
      said([](auto& ctx) { ctx.add(2, ctx.gradient()); }),
      HasSubstr("ValueError: careless: its backward speaks of input 2, and there are 2 (careless at my_ops.cpp:7)"));
  EXPECT_THAT(said([](auto& ctx) { ctx.add(-1, ctx.gradient()); }), HasSubstr("speaks of input -1"));
  EXPECT_THAT(said([](auto& ctx) { ctx.wants(5); }), HasSubstr("speaks of input 5"));
  EXPECT_THAT(
      said([](auto& ctx) { ctx.add(0, gt::Tensor()); }),
      HasSubstr("ValueError: careless: its backward gave an undefined gradient to input 0 (careless at my_ops.cpp:7)"));
  EXPECT_THAT(said([](auto& ctx) { ctx.kept(2); }), HasSubstr("reads kept tensor 2, and there are 2"));
  EXPECT_THAT(said([](auto& ctx) { ctx.kept(-1); }), HasSubstr("reads kept tensor -1"));
  EXPECT_THAT(said([](auto& ctx) { ctx.template attributes<std::array<double, 9>>(); }),
              HasSubstr("reads 72 bytes of attributes, and 8 were recorded"));
  EXPECT_THAT(said([](auto& ctx) {
                ctx.take_gradient();
                ctx.gradient();
              }),
              HasSubstr("reads its gradient after it took it"));
  EXPECT_THAT(said([](auto& ctx) {
                ctx.take_gradient();
                ctx.take_gradient();
              }),
              HasSubstr("reads its gradient after it took it"));
}

TEST(BackwardErrors, AGradientIsATensorAndNoNumber) {
  Careless::does = [](gt::Backward& ctx) { ctx.add(0, gt::Tensor(2.0)); };
  const auto x = gt::scalar(1.0).requires_grad_();
  gt::Tape tape;
  const auto y = gt::record(Careless{}, {}, (x * 2).detach(), {x}, {});

  EXPECT_THROW(y.backward(), gt::DTypeError);
}

TEST(BackwardErrors, AnUnwantedGradientIsLeftAlone) {
  EXPECT_EQ(said([](auto& ctx) {
              ctx.add(1, gt::ones({17}));
              throw gt::ValueError("stop", {});
            }),
            "ValueError: stop");
}

TEST(RecordErrors, WhatAnOpHandsOverIsCheckedThere) {
  const auto x = leaf({1, 2});
  const std::vector<gt::Tensor> many(256, x);
  const std::vector<char> bytes(65529);
  const auto row = gt::free_row<Careless>;
  const auto out = [] { return gt::ones({2}, {.dtype = gt::float64}); };
  const gt::Location here{"my_ops.cpp", 7};
  const auto text = [](const std::function<void()>& call) -> std::string {
    try {
      call();
    } catch (const gt::Error& error) { return error.what(); }
    return {};
  };
  for (bool open : {false, true}) {
    std::optional<gt::Tape> tape;
    if (open) tape.emplace();
    EXPECT_EQ(text([&] { gt::record(row, here, gt::Tensor(), {x}, {}, nullptr, 0); }),
              "ValueError: careless: the op recorded an undefined output\n  at my_ops.cpp:7");
    EXPECT_THAT(text([&] { gt::record(row, here, out(), std::span<const gt::Tensor>(many), {}, nullptr, 0); }),
                HasSubstr("careless: the op recorded 256 inputs, and a record holds 255"));
    EXPECT_THAT(
        text([&] { gt::record(row, here, out(), std::span(&x, 1), std::span<const gt::Tensor>(many), nullptr, 0); }),
        HasSubstr("careless: the op keeps 256 tensors, and a record holds 255"));
    EXPECT_THAT(text([&] { gt::record(row, here, out(), {x}, {}, bytes.data(), 65529); }),
                HasSubstr("careless: the op has 65529 bytes of attributes, and a record holds 65528"));
    EXPECT_THAT(text([&] { gt::record(row, here, out(), {x}, {}, nullptr, 8); }), HasSubstr("at no address"));
  }
  gt::Tape tape;
  const auto y = x * 2;
  EXPECT_THAT(text([&] { gt::record(row, here, gt::arange(0, 2), {x}, {}, nullptr, 0); }),
              HasSubstr("DTypeError: careless: a gradient flows to the op, so what it recorded as its output must be a "
                        "tensor of floating type"));
  for (const auto& known : {x, y})
    EXPECT_THAT(text([&] { gt::record(row, here, known, {x}, {}, nullptr, 0); }),
                HasSubstr("TapeError: careless: the op recorded as its output a tensor that it did not make"));
  const auto constant = out();
  EXPECT_THROW(gt::record(row, here, constant, {x, constant}, {}, nullptr, 0), gt::TapeError);
  Careless::does = [](gt::Backward& ctx) { ctx.add(0, ctx.gradient()); };
  gt::sum(gt::record(row, here, out(), {x}, std::initializer_list<gt::Tensor>{}, bytes.data(), 65528)).backward();
  EXPECT_THAT(x.grad(), near({1, 1}));
}

TEST(Backward, AddsUpMoreElementsThanOneThreadTakes) {
  auto x = gt::ones({100'003}).requires_grad_();
  gt::Tape tape;

  gt::sum(x * 2 + x * 3 + x * 4).backward();

  EXPECT_TRUE(gt::all(x.grad() == 9).item<bool>());
}

}  // namespace
