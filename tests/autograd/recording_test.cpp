// Records of ops with several outputs, each with a gradient of its own.
#include "tests/support/near.h"

#include <gradtape/ops/free.h>

namespace {

using Inputs = std::vector<gt::Tensor>;
using testing::HasSubstr;

struct Outputs {
  gt::Tensor sum, product;
};

// a + b and a · b, of which either may go unused.
template <bool directions> struct SumAndProduct {
  static constexpr auto name = "sum_and_product";
  static constexpr bool takes_directions = directions;
  static void backward(gt::Backward& ctx) {
    ++calls;
    const gt::Tensor of_sum = ctx.gradient(0), of_product = ctx.take_gradient(1);
    for (int i : {0, 1}) {
      if (of_sum.defined()) ctx.add(i, of_sum);
      if (of_product.defined()) ctx.add(i, of_product * ctx.kept(1 - i));
    }
  }
  static inline int calls = 0;
};
template <bool directions = true> Outputs sum_and_product(const gt::Tensor& a, const gt::Tensor& b) {
  const Outputs out{a.detach() + b.detach(), a.detach() * b.detach()};
  gt::record_outputs(SumAndProduct<directions>{}, {}, {out.sum, out.product}, {a, b}, {a, b});
  return out;
}

const gt::Tensor a = gt::tensor({2.0, 3.0}).requires_grad_(), b = gt::tensor({5.0, 7.0}).requires_grad_();

TEST(Outputs, OnlyTheFirstIsUsed) {
  gt::Tape tape;
  const auto [sum, product] = sum_and_product(a, b);

  const auto g = gt::grad(gt::sum(sum * sum), {a, b});

  EXPECT_THAT(g[0], near({14, 20}));  // 2(a + b)
  EXPECT_THAT(g[1], near({14, 20}));
}

TEST(Outputs, OnlyTheSecondIsUsed) {
  gt::Tape tape;
  const auto [sum, product] = sum_and_product(a, b);

  const auto g = gt::grad(gt::sum(product), {a, b});

  EXPECT_THAT(g[0], near({5, 7}));
  EXPECT_THAT(g[1], near({2, 3}));
}

TEST(Outputs, BothAreUsedAndTheirOpIsWalkedOnce) {
  gt::Tape tape;
  const auto [sum, product] = sum_and_product(a, b);
  const auto loss = gt::sum(product * product + sum) + gt::sum(sum);
  SumAndProduct<true>::calls = 0;

  const auto g = gt::grad(loss, {a, b});

  EXPECT_THAT(g[0], near({2 * 10 * 5 + 2, 2 * 21 * 7 + 2}));
  EXPECT_THAT(g[1], near({2 * 10 * 2 + 2, 2 * 21 * 3 + 2}));
  EXPECT_EQ(SumAndProduct<true>::calls, 1);
}

TEST(Outputs, NoneIsUsed) {
  gt::Tape tape;
  const auto [sum, product] = sum_and_product(a, b);
  SumAndProduct<true>::calls = 0;

  EXPECT_THAT(gt::grad(gt::sum(a * 2), a), near({2, 2}));

  EXPECT_EQ(SumAndProduct<true>::calls, 0);
}

TEST(Outputs, OneIsTheLossItself) {
  const auto x = gt::scalar(2.0).requires_grad_(), y = gt::scalar(5.0).requires_grad_();
  for (const bool second : {false, true}) {
    gt::Tape tape;
    const auto [sum, product] = sum_and_product(x, y);
    (second ? product : sum).backward();
    EXPECT_THAT(x.grad(), near({second ? 5.0 : 1.0}));
    gt::Tensor(x).zero_grad();
  }
}

TEST(Outputs, BackwardFillsLeavesAndSpendsTheRecord) {
  auto x = gt::tensor({2.0}).requires_grad_();
  gt::Tape tape;
  const auto [sum, product] = sum_and_product(x, x);
  const auto loss = gt::sum(sum + product);

  loss.backward({.retain_graph = true});
  EXPECT_THAT(x.grad(), near({2 + 2 * 2}));
  loss.backward();
  EXPECT_THAT(x.grad(), near({2 * (2 + 2 * 2)}));
  EXPECT_THROW(gt::sum(product).backward(), gt::TapeError);
}

TEST(Outputs, TheirOwnGradientsAreAnsweredBesideThoseOfInputs) {
  gt::Tape tape;
  const auto [sum, product] = sum_and_product(a, b);
  const auto loss = gt::sum(sum * product);

  const Inputs all = gt::grad(loss, {product, a, sum, b, product}, {.retain_graph = true});
  EXPECT_THAT(all[0], near({7, 10}));
  EXPECT_THAT(all[2], near({10, 21}));
  EXPECT_THAT(all[1], near({10 + 7 * 5, 21 + 10 * 7}));  // product + sum · b
  EXPECT_THAT(all[3], near({10 + 7 * 2, 21 + 10 * 3}));
  EXPECT_THAT(all[4], near({7, 10}));
  EXPECT_THAT(gt::grad(loss, sum, {.retain_graph = true}), near({10, 21}));
  EXPECT_FALSE(gt::grad(gt::sum(product), sum, {.retain_graph = true, .allow_unused = true}).defined());
  EXPECT_FALSE(gt::grad(gt::sum(sum), product, {.allow_unused = true}).defined());
}

TEST(Outputs, SecondDerivativesGoThroughBoth) {
  gt::Tape tape;
  const auto [sum, product] = sum_and_product(a, b);
  const auto loss = gt::sum(product * sum);  // a²b + ab²

  const Inputs first = gt::grad(loss, {a, b}, {.create_graph = true});
  EXPECT_THAT(first[0], near({2 * 2 * 5 + 25, 2 * 3 * 7 + 49}));
  EXPECT_THAT(gt::grad(gt::sum(first[0]), a, {.retain_graph = true}), near({2 * 5, 2 * 7}));
  EXPECT_THAT(gt::grad(gt::sum(first[0]), b), near({2 * 2 + 2 * 5, 2 * 3 + 2 * 7}));
}

TEST(Outputs, OneIsKeptAndOneIsFreed) {
  gt::Tensor product;
  gt::Tape tape;
  {
    auto out = sum_and_product(a, b);
    out.sum = {};
    product = out.product;
  }
  EXPECT_THAT(gt::grad(gt::sum(product), a), near({5, 7}));
}

// Each derivative that is asked for, by this op and by two apart.
template <bool directions> void expect_as_two_ops() {
  const gt::Function together = [](const Inputs& x) {
    const auto [sum, product] = sum_and_product<directions>(x[0], x[1]);
    return gt::exp(product * 0.1) * sum;
  };
  const gt::Function apart = [](const Inputs& x) { return gt::exp(x[0] * x[1] * 0.1) * (x[0] + x[1]); };
  const gt::Function second_only = [](const Inputs& x) {
    return gt::exp(sum_and_product<directions>(x[0], x[1]).product);
  };
  const Inputs at{gt::tensor({0.5, -1.0, 2.0}), gt::tensor({1.5, 0.25, -0.5})};
  const Inputs tangents{gt::tensor({1.0, 2.0, 3.0}), gt::tensor({-1.0, 0.5, 1.0})};

  EXPECT_TRUE(gt::gradcheck(together, at).ok) << gt::gradcheck(together, at).text;
  EXPECT_TRUE(gt::gradgradcheck(together, at).ok) << gt::gradgradcheck(together, at).text;
  EXPECT_TRUE(gt::gradgradcheck(second_only, at).ok) << gt::gradgradcheck(second_only, at).text;
  EXPECT_THAT(gt::jvp(together, at, tangents).product, near(gt::jvp(apart, at, tangents).product));
  const auto total = [](const gt::Function& f) { return [f](const Inputs& x) { return gt::sum(f(x)); }; };
  for (int i : {0, 1})
    EXPECT_THAT(gt::hvp(total(together), at, tangents)[static_cast<std::size_t>(i)],
                near(gt::hvp(total(apart), at, tangents)[static_cast<std::size_t>(i)]));
  const auto of_first = [&](const gt::Function& f) { return [&, f](const gt::Tensor& x) { return f({x, at[1]}); }; };
  EXPECT_THAT(gt::jacobian(of_first(together), at[0]), near(gt::jacobian(of_first(apart), at[0])));
  EXPECT_THAT(gt::hessian([&](const gt::Tensor& x) { return gt::sum(together({x, at[1]})); }, at[0]),
              near(gt::hessian([&](const gt::Tensor& x) { return gt::sum(apart({x, at[1]})); }, at[0])));
}
TEST(Outputs, GiveTheDerivativesOfTwoOps) { expect_as_two_ops<true>(); }
TEST(Outputs, GiveTheDerivativesOfTwoOpsOneDirectionAfterTheOther) { expect_as_two_ops<false>(); }

TEST(Outputs, PerExampleGradientsGoThroughThem) {
  gt::Tape tape;
  for (const auto& [sum, product] : {sum_and_product<true>(a, b), sum_and_product<false>(a, b)}) {
    const auto each = gt::per_example_grad(product * sum, {a}, {.retain_graph = true})[0];
    EXPECT_THAT(each, near({2 * 2 * 5 + 25, 0, 0, 2 * 3 * 7 + 49}));
    EXPECT_THAT(gt::per_example_grad(product, {a}, {.retain_graph = true})[0], near({5, 0, 0, 7}));
  }
}

TEST(Outputs, AreCaptured) {
  auto step = [](const gt::Inputs& in) {
    const auto x = in["x"].detach().requires_grad_();
    gt::Tape tape;
    const auto parts = gt::split(x, {1, 2, 1});
    return gt::grad(gt::sum(parts[1] * parts[1]) + gt::sum(parts[0]), x);
  };
  auto program = gt::capture({{"x", gt::tensor({1.f, 2.f, 3.f, 4.f})}}, step);
  EXPECT_THAT(program.result(), near({1, 4, 6, 0}));
  EXPECT_THAT(program({{"x", gt::tensor({4.f, 3.f, 2.f, 1.f})}}), near({1, 6, 4, 0}));
}

struct WithConstants {
  static constexpr auto name = "with_constants";
  static constexpr unsigned constant_outputs = 0b010;
  static void backward(gt::Backward& ctx) {
    EXPECT_EQ(ctx.outputs(), 4);
    EXPECT_FALSE(ctx.gradient(1).defined() || ctx.gradient(2).defined());
    ctx.add(0, ctx.take_gradient_or_zeros(0) + ctx.take_gradient_or_zeros(3) * 2);
  }
};
TEST(Outputs, MayNotBeDifferentiable) {
  gt::Tape tape;
  const Inputs out{a.detach() * 1, gt::sign(a.detach()), gt::tensor({0, 1}), a.detach() * 2};
  gt::record_outputs(WithConstants{}, {}, out, {a}, {});

  EXPECT_TRUE(out[0].requires_grad() && out[3].requires_grad());
  EXPECT_FALSE(out[1].requires_grad() || out[2].requires_grad());
  EXPECT_THAT(gt::grad(gt::sum(out[3] * out[1] * out[2]), a), near({0, 2}));
}

TEST(Outputs, AreNotRecordedWithoutNeed) {
  {
    gt::Tape tape;
    EXPECT_FALSE(sum_and_product(a.detach(), b.detach()).sum.requires_grad());
    EXPECT_EQ(tape.size(), 0u);
  }
  EXPECT_FALSE(sum_and_product(a, b).product.requires_grad());
}

struct Fails {
  static constexpr auto name = "fails";
  static void backward(gt::Backward&) { throw std::runtime_error("no"); }
};
TEST(Outputs, OfAWalkThatFailsAreLetGo) {
  const gt::Tensor weight = gt::ones({2}, {.dtype = gt::float64});
  {
    gt::Tape tape;
    const Inputs out{a.detach() * 1, a.detach() * 2};
    gt::record_outputs(Fails{}, {}, out, {a}, {});
    const gt::Tensor joined = gt::cat({out[0], out[1]});
    for (int i = 0; i < 2; ++i)
      EXPECT_THROW(gt::grad(Inputs{out[0], out[1]}, Inputs{a}, {.retain_graph = true, .seeds = {weight, weight}}),
                   std::runtime_error);
  }
  EXPECT_EQ(weight.tensor_data()->references, 1u);
}

// The op's author erred: one message.
template <class Op> std::string message_of(Inputs out, const std::function<gt::Tensor(const Inputs&)>& loss) {
  try {
    gt::Tape tape;
    const Inputs inputs{a};
    gt::record_outputs(Op{}, gt::Location::current(), out, {inputs[0]}, {});
    loss(out).backward();
  } catch (const gt::Error& error) { return error.what(); }
  return "nothing was thrown";
}
Inputs two_outputs() { return {a.detach() * 1, a.detach() * 2}; }
const auto total = [](const Inputs& out) { return gt::sum(out[0]) + gt::sum(out[1]); };

TEST(Outputs, ARecordOfNoneIsRefused) {
  using Op = SumAndProduct<true>;
  EXPECT_THAT(message_of<Op>({}, total), HasSubstr("none of the outputs that it recorded can have"));
  EXPECT_THAT(message_of<Op>({gt::tensor({1, 2})}, total), HasSubstr("none of the outputs that it recorded can have"));
  EXPECT_THAT(message_of<Op>({a.detach() * 1, gt::Tensor()}, total), HasSubstr("recorded an undefined output"));
  EXPECT_THAT(message_of<Op>({a.detach() * 1, a}, total), HasSubstr("a tensor that it did not make"));
  const gt::Tensor twice = a.detach() * 1;
  EXPECT_THAT(message_of<Op>({twice, twice}, total), HasSubstr("a tensor that it did not make"));
}

struct Counts {
  static constexpr auto name = "counts";
  static void backward(gt::Backward& ctx) { ctx.add(0, ctx.gradient(2)); }
};
TEST(Outputs, AnOutputThatIsNotThereIsRefused) {
  EXPECT_THAT(message_of<Counts>(two_outputs(), total),
              HasSubstr("counts: its backward speaks of output 2, and there are 2 (counts at " __FILE__ ":"));
}

struct Forgets {
  static constexpr auto name = "forgets";
  static void backward(gt::Backward& ctx) { ctx.add(0, ctx.take_gradient()); }
};
TEST(Outputs, AGradientWithoutItsOutputIsRefused) {
  EXPECT_THAT(message_of<Forgets>(two_outputs(), total), HasSubstr("reads the gradient of none of its 2 outputs"));
}

struct Wrong {  // reads the second output, and gives it a gradient of its own making
  static constexpr auto name = "wrong";
  static void backward(gt::Backward& ctx) { ctx.add(0, gt::zeros({3}, {.dtype = gt::float64})); }
};
TEST(Outputs, AGradientOfAnotherShapeForOneIsRefused) {
  const auto message = message_of<SumAndProduct<true>>(two_outputs(), [](const Inputs& out) {
    return gt::sum(gt::record(Wrong{}, gt::Location::current(), out[1].detach() * 1, {out[1]}, {}));
  });
  EXPECT_THAT(message, HasSubstr("wrong: its backward gave input 0 a gradient of another shape"));
  EXPECT_THAT(message, HasSubstr("[2]  float64"));
}

TEST(Outputs, AreReadByTools) {
  gt::Tape tape;
  const auto [sum, product] = sum_and_product(a, b);
  gt::sum(product);

  const auto records = tape.records();

  ASSERT_EQ(records.size(), 6u);  // two leaves, the op, its outputs, the sum
  EXPECT_EQ(records[2]->op->name, std::string("sum_and_product"));
  EXPECT_EQ(records[2]->count, 2);
  for (int i : {3, 4}) {
    EXPECT_TRUE(records[static_cast<std::size_t>(i)]->is_output());
    EXPECT_EQ(records[static_cast<std::size_t>(i)]->input(0), 2u);
    EXPECT_EQ(records[static_cast<std::size_t>(i)]->shape(), gt::Shape{2});
    EXPECT_EQ(records[static_cast<std::size_t>(i)]->dtype, gt::float64);
  }
  EXPECT_EQ(records[5]->input(0), 4u);
  EXPECT_THAT(tape.report(), HasSubstr("tape: 4 records, 32 bytes kept"));
  EXPECT_THAT(tape.dot(), HasSubstr("r4 [label=\"1 [2]\"];\n  r2 -> r4;"));
}

TEST(Outputs, AreNamedByTheirOpToWhoWatches) {
  auto x = gt::tensor({0.0}).requires_grad_();
  const gt::NanTrace trace;
  gt::Tape tape;
  const auto [sum, product] = sum_and_product(x, gt::tensor({1.0}));
  try {
    gt::sum(gt::sqrt(product) + sum).backward();
    ADD_FAILURE() << "the slope of a root at 0 is infinite";
  } catch (const gt::ValueError& error) { EXPECT_THAT(error.what(), HasSubstr("sqrt backward")); }
  gt::Profile profile;
  EXPECT_THAT(gt::grad(gt::sum(product), x), near({1}));
  bool seen = false;
  for (const auto& row : profile.rows()) seen |= row.op == "sum_and_product backward: multiply";
  EXPECT_TRUE(seen);
}

}  // namespace
