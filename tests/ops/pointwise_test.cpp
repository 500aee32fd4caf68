// Every smooth pointwise op at the ends of the number line and in its tails: value, slope and second derivative.
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "tests/support/near.h"

namespace {

using Exact = long double;
using Function = std::function<Exact(Exact)>;
const double inf = INFINITY;
const Exact pi = 3.14159265358979323846264338327950288L;

struct Case {
  const char* name;
  std::function<gt::Tensor(const gt::Tensor&)> op;
  Function value, slope, second;
  std::vector<double> points;  // beside the ends
  double lowest = -inf;  // where the op's domain begins
  double ulps = 4;
};

template <class S> std::vector<double> points_of(const Case& op) {
  using Limits = std::numeric_limits<S>;
  std::vector<double> all = op.points;
  for (double end : {inf, double(Limits::max()), double(Limits::max()) / 3, 1e5, double(Limits::min()),
                     double(Limits::denorm_min()) * 12, 1e-10, 0.0}) {
    all.push_back(end);
    all.push_back(-end);
  }
  std::vector<double> inside;
  for (double x : all)
    if (x >= op.lowest) inside.push_back(double(S(x)));
  return inside;
}

// In units of the last place of a normal number; what is subnormal may be off by as much as its last place times its
// factors.
template <class S> void expect_close(const Case& op, const char* what, double x, double got, Exact wanted) {
  using Limits = std::numeric_limits<S>;
  SCOPED_TRACE(testing::Message() << op.name << ", " << what << " at " << x
                                  << (sizeof(S) == 4 ? ", float32" : ", float64"));
  const S nearest = S(wanted);
  if (std::isnan(nearest)) {
    EXPECT_TRUE(std::isnan(got)) << got;
    return;
  }
  if (std::isinf(nearest)) {
    EXPECT_EQ(got, double(nearest));
    return;
  }
  const S size = std::max(std::abs(nearest), Limits::min());
  const Exact ulp = Exact(size) - std::nextafter(size, S(0)),
              factor = std::isfinite(x) && Exact(std::abs(nearest)) < 1000 * Exact(Limits::min()) ? std::abs(x) + 1 : 1;
  EXPECT_LE(std::abs(Exact(got) - wanted), Exact(op.ulps) * ulp * std::min<Exact>(factor, 1000))
      << got << ", wanted " << double(wanted);
}

template <class S> void expect_right(const Case& op) {
  const auto points = points_of<S>(op);
  const auto x = gt::tensor(points, {static_cast<std::int64_t>(points.size())})
                     .to(sizeof(S) == 4 ? gt::float32 : gt::float64)
                     .requires_grad_();
  gt::Tape tape;
  const gt::Tensor y = op.op(x), slope = gt::grad(gt::sum(y), x, {.retain_graph = true}),
                   recorded = gt::grad(gt::sum(y), x, {.create_graph = true});
  const gt::Tensor second =
      recorded.requires_grad() ? gt::grad(gt::sum(recorded), x, {.allow_unused = true}) : gt::Tensor();
  const auto values = y.detach().to_vector<double>(), slopes = slope.to_vector<double>(),
             same = recorded.detach().to_vector<double>();
  const auto seconds = second.defined() ? second.to_vector<double>() : std::vector<double>(points.size(), 0.0);
  for (std::size_t i = 0; i < points.size(); ++i) {
    expect_close<S>(op, "value", points[i], values[i], op.value(points[i]));
    expect_close<S>(op, "slope", points[i], slopes[i], op.slope(points[i]));
    expect_close<S>(op, "recorded slope", points[i], same[i], op.slope(points[i]));
    if (op.second) expect_close<S>(op, "second derivative", points[i], seconds[i], op.second(points[i]));
  }
}
void expect_right(const Case& op) {
  expect_right<float>(op);
  expect_right<double>(op);
}

Exact zero(Exact) { return 0; }
Exact sigmoid(Exact x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); }
Exact sigmoid_slope(Exact x) { return sigmoid(x) * sigmoid(-x); }
Exact bell(Exact x) { return std::exp(-x * x / 2) / std::sqrt(2 * pi); }
Exact phi(Exact x) { return std::erfc(-x / std::sqrt(Exact(2))) / 2; }
// f between the ends, where a product of 0 and infinity has its limit.
Function with_limits(Exact low, Exact high, Function f) {
  return [=](Exact x) { return std::abs(x) > 20'000 ? (x < 0 ? low : high) : f(x); };
}

TEST(PointwiseTails, OfExponentials) {
  const auto e = [](Exact x) { return std::exp(x); };
  expect_right({"exp", [](const gt::Tensor& x) { return gt::exp(x); }, e, e, e, {-87, -20, 3, 80}});
  expect_right({"expm1",
                [](const gt::Tensor& x) { return gt::expm1(x); },
                [](Exact x) { return std::expm1(x); },
                e,
                e,
                {-80, -30, -3, 3, 80}});
  expect_right({"elu",
                [](const gt::Tensor& x) { return gt::elu(x); },
                [](Exact x) { return x > 0 ? x : std::expm1(x); },
                [](Exact x) { return x > 0 ? 1 : std::exp(x); },
                [](Exact x) { return x > 0 ? 0 : std::exp(x); },
                {-80, -30, -3, 3, 80}});
}

TEST(PointwiseTails, OfLogarithms) {
  const auto by_x = [](Exact x) { return 1 / x; };
  expect_right({"log",
                [](const gt::Tensor& x) { return gt::log(x); },
                [](Exact x) { return x == 0 ? -inf : std::log(x); },
                [=](Exact x) { return by_x(x); },
                [](Exact x) { return -1 / (x * x); },
                {0.9, 1, 1.1, 1e20, 1e-20},
                1e-300});
  expect_right({"log1p",
                [](const gt::Tensor& x) { return gt::log1p(x); },
                [](Exact x) { return std::log1p(x); },
                [](Exact x) { return 1 / (1 + x); },
                [](Exact x) { return -1 / ((1 + x) * (1 + x)); },
                {-0.99, -0.5, 1, 1e20},
                -1});
}

TEST(PointwiseTails, OfSigmoidsAndTheirIntegrals) {
  const auto second = with_limits(0, 0, [](Exact x) { return sigmoid_slope(x) * (sigmoid(-x) - sigmoid(x)); });
  // Its slopes are those of its rounded output: where that is 1, they are 0.
  expect_right({"sigmoid",
                [](const gt::Tensor& x) { return gt::sigmoid(x); },
                sigmoid,
                [](Exact x) { return x > 60 ? 0 : sigmoid_slope(x); },
                {},
                {-80, -30, -5, 1}});
  expect_right({"softplus",
                [](const gt::Tensor& x) { return gt::softplus(x); },
                [](Exact x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); },
                sigmoid,
                sigmoid_slope,
                {-80, -30, -5, 1, 5, 30, 80}});
  expect_right({"log_sigmoid",
                [](const gt::Tensor& x) { return gt::log_sigmoid(x); },
                [](Exact x) { return x < 0 ? x - std::log1p(std::exp(x)) : -std::log1p(std::exp(-x)); },
                [](Exact x) { return sigmoid(-x); },
                [](Exact x) { return -sigmoid_slope(x); },
                {-80, -30, -5, 1, 5, 30, 80}});
  expect_right({"silu",
                [](const gt::Tensor& x) { return gt::silu(x); },
                [](Exact x) { return x < -20'000 ? 0 : x * sigmoid(x); },
                with_limits(0, 1, [](Exact x) { return sigmoid(x) + x * sigmoid_slope(x); }),
                with_limits(0, 0, [=](Exact x) { return 2 * sigmoid_slope(x) + x * second(x); }),
                {-86, -30, -5, 1, 5, 30, 80}});
  expect_right({"tanh",
                [](const gt::Tensor& x) { return gt::tanh(x); },
                [](Exact x) { return std::tanh(x); },
                [](Exact x) { return std::abs(x) > 60 ? 0 : 1 - std::tanh(x) * std::tanh(x); },
                [](Exact x) { return std::abs(x) > 60 ? 0 : -2 * std::tanh(x) * (1 - std::tanh(x) * std::tanh(x)); },
                {-0.2, 0.1, 1e-3}});
}

TEST(PointwiseTails, OfTheNormalDistribution) {
  expect_right({"gaussian",
                [](const gt::Tensor& x) { return gt::gaussian(x); },
                [](Exact x) { return std::exp(-x * x / 2); },
                with_limits(0, 0, [](Exact x) { return -x * std::exp(-x * x / 2); }),
                with_limits(0, 0, [](Exact x) { return (x * x - 1) * std::exp(-x * x / 2); }),
                {-12, -6, -5, 0.5, 5, 12}});
  expect_right({"normal_cdf",
                [](const gt::Tensor& x) { return gt::normal_cdf(x); },
                phi,
                bell,
                with_limits(0, 0, [](Exact x) { return -x * bell(x); }),
                {-12, -6, -5, -0.5, 0.5, 5, 12}});
  expect_right({"gelu",
                [](const gt::Tensor& x) { return gt::gelu(x); },
                [](Exact x) { return x < -20'000 ? 0 : x * phi(x); },
                with_limits(0, 1, [](Exact x) { return phi(x) + x * bell(x); }),
                with_limits(0, 0, [](Exact x) { return (2 - x * x) * bell(x); }),
                {-12.5, -12, -6, -5, -3, -0.2, 0.5, 3, 5, 12}});
  const Exact factor = 2 / std::sqrt(pi);
  expect_right({"erf",
                [](const gt::Tensor& x) { return gt::erf(x); },
                [](Exact x) { return std::erf(x); },
                [=](Exact x) { return factor * std::exp(-x * x); },
                with_limits(0, 0, [=](Exact x) { return -2 * x * factor * std::exp(-x * x); }),
                {-9, -6, -5, 0.5, 5, 9},
                -inf,
                5});
}

TEST(Gelu, IsRightToTwoUnitsInTheLastPlace) {
  const auto x = gt::linspace(-12.5, 8, 4001), y = gt::gelu(x);
  const auto at = x.to_vector<double>(), values = y.to_vector<double>();
  for (std::size_t i = 0; i < at.size(); ++i) {
    const Exact wanted = at[i] * phi(at[i]);
    const float size = std::max(std::abs(float(wanted)), std::numeric_limits<float>::min());
    EXPECT_LE(std::abs(values[i] - wanted), 2.2L * (std::nextafter(size, INFINITY) - size)) << at[i];
  }
}

TEST(PointwiseTails, OfPowersAndRoots) {
  expect_right({"sqrt",
                [](const gt::Tensor& x) { return gt::sqrt(x); },
                [](Exact x) { return std::sqrt(x); },
                [](Exact x) { return x == 0 ? Exact(inf) : Exact(0.5) / std::sqrt(x); },
                [](Exact x) { return x == 0 ? -Exact(inf) : Exact(-0.25) / (x * std::sqrt(x)); },
                {0.1, 1e20, 1e-20},
                0});
  expect_right({"rsqrt",
                [](const gt::Tensor& x) { return gt::rsqrt(x); },
                [](Exact x) { return 1 / std::sqrt(x); },
                [](Exact x) { return Exact(-0.5) / (x * std::sqrt(x)); },
                [](Exact x) { return Exact(0.75) / (x * x * std::sqrt(x)); },
                {0.1, 1e10, 1e-10, 6.39548969},
                1e-300,
                9});  // powers of a rounded output
  expect_right({"reciprocal",
                [](const gt::Tensor& x) { return gt::reciprocal(x); },
                [](Exact x) { return 1 / x; },
                [](Exact x) { return -1 / (x * x); },
                [](Exact x) { return 2 / (x * x * x); },
                {-3, 0.1, 1e10, 1e-10}});
  expect_right({"square",
                [](const gt::Tensor& x) { return gt::square(x); },
                [](Exact x) { return x * x; },
                [](Exact x) { return 2 * x; },
                [](Exact) { return 2; },
                {-3, 0.1}});
}

TEST(PointwiseTails, OfWaves) {
  const Function sine = [](Exact x) { return std::sin(x); }, cosine = [](Exact x) { return std::cos(x); };
  const auto minus = [](const Function& f) { return [=](Exact x) { return -f(x); }; };
  const std::vector<double> points{-20, 1e6, 1e10, 1e22, 5e37};
  expect_right({"sin", [](const gt::Tensor& x) { return gt::sin(x); }, sine, cosine, minus(sine), points});
  expect_right({"cos", [](const gt::Tensor& x) { return gt::cos(x); }, cosine, minus(sine), minus(cosine), points});
}

TEST(PointwiseTails, OfPiecesOfLines) {
  expect_right({"relu",
                [](const gt::Tensor& x) { return gt::relu(x); },
                [](Exact x) { return x > 0 ? x : 0; },
                [](Exact x) { return x > 0; },
                zero,
                {}});
  expect_right({"abs",
                [](const gt::Tensor& x) { return gt::abs(x); },
                [](Exact x) { return std::abs(x); },
                [](Exact x) { return x > 0   ? 1
                                     : x < 0 ? -1
                                             : 0; },
                zero,
                {}});
  expect_right({"leaky_relu",
                [](const gt::Tensor& x) { return gt::leaky_relu(x, 0.25); },
                [](Exact x) { return x > 0 ? x : x / 4; },
                [](Exact x) { return x > 0 ? 1 : 0.25; },
                zero,
                {}});
  expect_right({"clamp",
                [](const gt::Tensor& x) { return gt::clamp(x, -2, 3); },
                [](Exact x) { return std::min<Exact>(std::max<Exact>(x, -2), 3); },
                [](Exact x) { return x >= -2 && x <= 3; },
                zero,
                {-2, 3}});
  expect_right({"negate",
                [](const gt::Tensor& x) { return -x; },
                [](Exact x) { return -x; },
                [](Exact) { return -1; },
                zero,
                {}});
  expect_right({"maximum",
                [](const gt::Tensor& x) { return gt::maximum(x, 2); },
                [](Exact x) { return std::max<Exact>(x, 2); },
                [](Exact x) { return x > 2; },
                zero,
                {}});
}

TEST(PointwiseTails, OfQuotients) {
  expect_right({"divided",
                [](const gt::Tensor& x) { return x / 3; },
                [](Exact x) { return x / 3; },
                [](Exact) { return Exact(1) / 3; },
                zero,
                {1}});
  expect_right({"divisor",
                [](const gt::Tensor& x) { return 3 / x; },
                [](Exact x) { return 3 / x; },
                [](Exact x) { return -3 / (x * x); },
                [](Exact x) { return 6 / (x * x * x); },
                {-2, 0.1, 1e10, 1e-10}});
}

}  // namespace
