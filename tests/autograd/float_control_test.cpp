// Results under every rounding mode of the caller.
#include <cfenv>
#include <vector>

#include "tests/support/near.h"

namespace {

class Mode {
 public:
  explicit Mode(int mode) { std::fesetround(mode); }
  ~Mode() { std::fesetround(FE_TONEAREST); }
};

constexpr int other_modes[] = {FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO};

template <class F> void expect_the_same_in_every_mode(const char* name, F f) {
  const std::vector<gt::Tensor> wanted = f();
  for (const int mode : other_modes) {
    std::vector<gt::Tensor> got;
    int afterwards;
    {
      const Mode changed(mode);
      got = f();
      afterwards = std::fegetround();
    }
    EXPECT_EQ(afterwards, mode) << name;
    for (std::size_t i = 0; i < wanted.size(); ++i)
      EXPECT_THAT(got[i], near(wanted[i], 0)) << name << ", result " << i << ", mode " << mode;
  }
}

// A value and its slope: of few elements, which one loop takes, of many, which threads share, and of those that lie
// elsewhere.
template <class F> void expect_the_same(const char* name, F f) {
  for (const gt::DType type : {gt::float32, gt::float64})
    for (const std::int64_t count : {20, 60'000}) {
      const auto x = gt::linspace(-20, 20, count, {.dtype = type}).requires_grad_();
      expect_the_same_in_every_mode(name, [&] {
        gt::Tape tape;
        const auto y = f(x), turned = f(gt::transpose(gt::reshape(x, {2, count / 2}), 0, 1));
        const auto slope = gt::grad(gt::sum(y), x, {.retain_graph = true}),
                   recorded = gt::grad(gt::sum(y), x, {.create_graph = true});
        return std::vector{y.detach(), turned.detach(), slope, recorded.detach()};
      });
    }
}

TEST(Rounding, OfTheCallerLeavesElementaryFunctionsAlone) {
  expect_the_same("sin", [](const gt::Tensor& x) { return gt::sin(x); });
  expect_the_same("exp", [](const gt::Tensor& x) { return gt::exp(x); });
  expect_the_same("tanh", [](const gt::Tensor& x) { return gt::tanh(x); });
  expect_the_same("gelu", [](const gt::Tensor& x) { return gt::gelu(x); });
  expect_the_same("softplus", [](const gt::Tensor& x) { return gt::softplus(x); });
  expect_the_same("divide", [](const gt::Tensor& x) { return x / (x * x + 3); });
}

TEST(Rounding, OfTheCallerLeavesSumsProductsAndRandomNumbersAlone) {
  const auto x = gt::sin(gt::arange(0, 300 * 40, 1, {.dtype = gt::float32})),
             rows = gt::reshape(x, {300, 40}).requires_grad_();
  expect_the_same_in_every_mode("rows", [&] {
    gt::Tape tape;
    const auto y = gt::softmax(gt::matmul(rows, gt::transpose(rows, 0, 1)), 1);
    gt::Generator numbers(1);
    return std::vector{y.detach(), gt::grad(gt::var(y), rows), gt::mean(x), gt::randn({1000}, numbers),
                       x.to(gt::float64).to(gt::float16)};
  });
}

TEST(Rounding, OfTheCallerLeavesACapturedStepAlone) {
  const auto x = gt::linspace(-20, 20, 1000);
  auto program = gt::capture({{"x", x}}, [](const gt::Inputs& in) { return gt::sin(gt::exp(in["x"] * 0.1)) / 3; });
  expect_the_same_in_every_mode("captured", [&] { return std::vector{program().clone()}; });
}

}  // namespace
