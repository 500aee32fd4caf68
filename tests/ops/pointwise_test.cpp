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

std::vector<double> slope_at(const gt::Tensor& at, gt::Tensor (*op)(const gt::Tensor&)) {
  const auto x = at.detach().requires_grad_();
  gt::Tape tape;
  return gt::grad(gt::sum(op(x)), x).to_vector<double>();
}

void expect_sign_of_zero_kept(const char* name, gt::Tensor (*op)(const gt::Tensor&), gt::DType type) {
  const auto y = op(gt::tensor({-0.0, 0.0}).to(type)).to_vector<double>();
  EXPECT_TRUE(y[0] == 0 && std::signbit(y[0])) << name << " of -0 is " << y[0];
  EXPECT_TRUE(y[1] == 0 && !std::signbit(y[1])) << name << " of 0 is " << y[1];
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
                {-9, -7.31479406, -6, -5, 0.5, 5, 9}});
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

TEST(PointwiseTails, OfActivations) {
  const auto e = [](Exact x) { return std::exp(x); };
  const auto n = [=](Exact x) { return e(2 * x) + 2 * e(x); };  // tanh(softplus(x)) is n / (n + 2)
  const auto first = [=](Exact x) { return 4 * (e(2 * x) + e(x)) / ((n(x) + 2) * (n(x) + 2)); };
  const auto second = [=](Exact x) {
    const Exact rise = 2 * (e(2 * x) + e(x)), d = n(x) + 2;
    return (2 * (4 * e(2 * x) + 2 * e(x)) - 4 * rise * rise / d) / (d * d);
  };
  expect_right({"mish",
                [](const gt::Tensor& x) { return gt::mish(x); },
                [=](Exact x) { return x < -1000  ? 0
                                      : x > 1000 ? x
                                                 : x * (n(x) / (n(x) + 2)); },
                [=](Exact x) { return x < -1000  ? 0
                                      : x > 1000 ? 1
                                                 : n(x) / (n(x) + 2) + x * first(x); },
                [=](Exact x) { return std::abs(x) > 1000 ? 0 : 2 * first(x) + x * second(x); },
                {-86, -30, -5, -0.5, 0.5, 1, 5, 20, 35},
                -inf,
                8});
  expect_right({"softsign",
                [](const gt::Tensor& x) { return gt::softsign(x); },
                [](Exact x) { return std::isinf(x) ? std::copysign(1, x) : x / (1 + std::abs(x)); },
                [](Exact x) { return 1 / ((1 + std::abs(x)) * (1 + std::abs(x))); },
                [](Exact x) { return x == 0 ? 0 : std::copysign(2, -x) / std::pow(1 + std::abs(x), Exact(3)); },
                {-30, -1, 0.1, 3}});
  expect_right({"tanhshrink",
                [](const gt::Tensor& x) { return gt::tanhshrink(x); },
                [](Exact x) {
                  const Exact z = x * x, series = 1 - z * (0.4L - z * (17 / 105.0L - z * (62 / 945.0L)));
                  return std::abs(x) < 0.02L ? x * z * series / 3 : x - std::tanh(x);
                },
                [](Exact x) { return std::tanh(x) * std::tanh(x); },
                [](Exact x) { return std::abs(x) > 60 ? 0 : 2 * std::tanh(x) * (1 - std::tanh(x) * std::tanh(x)); },
                {1e-2, -0.1, 0.5, 0.999, 1.001, -1.0008786916732788}});
  expect_right({"selu",
                [](const gt::Tensor& x) { return gt::selu(x); },
                [](Exact x) { return 1.0507009873554804934L * (x > 0 ? x : 1.6732632423543772848L * std::expm1(x)); },
                [](Exact x) { return 1.0507009873554804934L * (x > 0 ? 1 : 1.6732632423543772848L * std::exp(x)); },
                [](Exact x) { return x > 0 ? 0 : 1.0507009873554804934L * 1.6732632423543772848L * std::exp(x); },
                {-80, -30, -3, 3}});
  expect_right({"celu",
                [](const gt::Tensor& x) { return gt::celu(x, 2); },
                [](Exact x) { return x > 0 ? x : 2 * std::expm1(x / 2); },
                [](Exact x) { return x > 0 ? 1 : std::exp(x / 2); },
                [](Exact x) { return x > 0 ? 0 : std::exp(x / 2) / 2; },
                {-80, -30, -3, 3}});
  const auto twice_u = [](Exact x) { return 2 * std::sqrt(2 / pi) * (x + 0.044715L * x * x * x); };
  const auto rise = [](Exact x) { return 2 * std::sqrt(2 / pi) * (1 + 3 * 0.044715L * x * x); };
  expect_right(
      {"gelu by tanh",
       [](const gt::Tensor& x) { return gt::gelu(x, {.approximate = "tanh"}); },
       [=](Exact x) { return x < -1000  ? 0
                             : x > 1000 ? x
                                        : x * sigmoid(twice_u(x)); },
       with_limits(0, 1, [=](Exact x) { return sigmoid(twice_u(x)) + x * rise(x) * sigmoid_slope(twice_u(x)); }),
       {},
       {-8.9, -6, -4.895659923553467, -4.033318564288596, -3, -0.5, 0.5, 3, 6}});
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
                {0.1, 1e10, 1e-10, 6.39548969, 14.4537659, 25.6577301},
                1e-300});
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

// Those two know their rounded output alone, beside which what is lost of 1 is large: their bound is one of 1, not of
// the slope.
TEST(PointwiseTails, SlopesOfSigmoidAndTanhAreRightToARoundingOfOne) {
  for (const auto type : {gt::float32, gt::float64}) {
    const auto x = gt::linspace(-50, 50, 20001, {.dtype = type});
    const auto sigmoids = slope_at(x, [](const gt::Tensor& x) { return gt::sigmoid(x); }),
               tanhs = slope_at(x, [](const gt::Tensor& x) { return gt::tanh(x); });
    const auto at = x.to_vector<double>();
    const double rounding = type == gt::float32 ? 0x1p-24 : 0x1p-53;
    for (std::size_t i = 0; i < at.size(); ++i) {
      EXPECT_NEAR(sigmoids[i], double(sigmoid_slope(at[i])), 2 * rounding) << "sigmoid at " << at[i];
      EXPECT_NEAR(tanhs[i], double(1 / (std::cosh(Exact(at[i])) * std::cosh(Exact(at[i])))), 6 * rounding)
          << "tanh at " << at[i];
    }
  }
}

TEST(PointwiseTails, OddFunctionsKeepTheSignOfZeroAndTheSmallestNumbers) {
  const std::pair<const char*, gt::Tensor (*)(const gt::Tensor&)> odd[] = {
      {"sin", [](const gt::Tensor& x) { return gt::sin(x); }},
      {"atan", [](const gt::Tensor& x) { return gt::atan(x); }},
      {"tanh", [](const gt::Tensor& x) { return gt::tanh(x); }},
      {"expm1", [](const gt::Tensor& x) { return gt::expm1(x); }},
      {"log1p", [](const gt::Tensor& x) { return gt::log1p(x); }},
      {"elu", [](const gt::Tensor& x) { return gt::elu(x); }},
      {"pow", [](const gt::Tensor& x) { return gt::pow(x, 1); }},
      {"softsign", [](const gt::Tensor& x) { return gt::softsign(x); }},
  };
  const auto halves = {std::pair<const char*, gt::Tensor (*)(const gt::Tensor&)>{
                           "gelu", [](const gt::Tensor& x) { return gt::gelu(x); }},
                       {"silu", [](const gt::Tensor& x) { return gt::silu(x); }},
                       {"mish", [](const gt::Tensor& x) { return gt::mish(x); }},
                       {"tanhshrink", [](const gt::Tensor& x) { return gt::tanhshrink(x); }},
                       {"erf", [](const gt::Tensor& x) { return gt::erf(x); }},
                       {"sqrt", [](const gt::Tensor& x) { return gt::sqrt(x); }},
                       {"floor", [](const gt::Tensor& x) { return gt::floor(x); }}};
  for (const auto type : {gt::float32, gt::float64}) {
    const double tiny = type == gt::float32 ? std::numeric_limits<float>::denorm_min() : 5e-324;
    for (const auto& [name, op] : odd)
      EXPECT_THAT(op(gt::tensor({tiny, 3 * tiny, -3 * tiny}).to(type)), near({tiny, 3 * tiny, -3 * tiny}, 0)) << name;
    for (const auto& [name, op] : odd) expect_sign_of_zero_kept(name, op, type);
    for (const auto& [name, op] : halves) expect_sign_of_zero_kept(name, op, type);
  }
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
  expect_right({"hardtanh",
                [](const gt::Tensor& x) { return gt::hardtanh(x, -2, 3); },
                [](Exact x) { return std::min<Exact>(std::max<Exact>(x, -2), 3); },
                [](Exact x) { return x > -2 && x < 3; },
                zero,
                {-2, 3}});
  expect_right({"hardsigmoid",
                [](const gt::Tensor& x) { return gt::hardsigmoid(x); },
                [](Exact x) { return std::min<Exact>(std::max<Exact>(x + 3, 0), 6) / 6; },
                [](Exact x) { return x > -3 && x < 3 ? Exact(1) / 6 : 0; },
                zero,
                {-3, -1, 1, 3}});
  expect_right({"hardswish",
                [](const gt::Tensor& x) { return gt::hardswish(x); },
                [](Exact x) { return x <= -3  ? 0
                                     : x >= 3 ? x
                                              : x * (x + 3) / 6; },
                [](Exact x) { return x <= -3  ? 0
                                     : x >= 3 ? 1
                                              : x / 3 + Exact(0.5); },
                [](Exact x) { return x > -3 && x < 3 ? Exact(1) / 3 : 0; },
                {-3, -1, 1, 3}});
  expect_right({"softshrink",
                [](const gt::Tensor& x) { return gt::softshrink(x, 2); },
                [](Exact x) { return x > 2    ? x - 2
                                     : x < -2 ? x + 2
                                              : 0; },
                [](Exact x) { return x > 2 || x < -2; },
                zero,
                {-3, -2, 2, 3}});
  expect_right({"hardshrink",
                [](const gt::Tensor& x) { return gt::hardshrink(x, 2); },
                [](Exact x) { return x > 2 || x < -2 ? x : 0; },
                [](Exact x) { return x > 2 || x < -2; },
                zero,
                {-3, -2, 2, 3}});
  expect_right({"threshold",
                [](const gt::Tensor& x) { return gt::threshold(x, 2, 5); },
                [](Exact x) { return x > 2 ? x : 5; },
                [](Exact x) { return x > 2; },
                zero,
                {2, 3}});
  expect_right({"huber",
                [](const gt::Tensor& x) { return gt::huber(x, 2); },
                [](Exact x) { return std::abs(x) > 2 ? 2 * (std::abs(x) - 1) : x * x / 2; },
                [](Exact x) { return std::min<Exact>(std::max<Exact>(x, -2), 2); },
                [](Exact x) { return std::abs(x) < 2; },
                {-3, -1, 1, 3}});
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

using Function2 = std::function<Exact(Exact, Exact)>;
struct Pairs {
  const char* name;
  gt::Tensor (*op)(const gt::Tensor&, const gt::Tensor&);
  Function2 value, by_first, by_second;
  bool (*taken)(double, double);
};

template <class S> std::vector<double> ends() {
  using Limits = std::numeric_limits<S>;
  std::vector<double> all;
  for (double end : {inf, double(Limits::max()), double(Limits::max()) / 3, 1e10, 3.0, 2.0, 1.0, 0.75, 0.5, 0.3, 1e-10,
                     double(S(1e-30)), double(Limits::min()), double(Limits::denorm_min()) * 12, 0.0}) {
    all.push_back(double(S(end)));
    all.push_back(-double(S(end)));
  }
  return all;
}

template <class S> void expect_right(const Pairs& pairs) {
  std::vector<double> first, second;
  for (double a : ends<S>())
    for (double b : ends<S>())
      if (pairs.taken(a, b)) first.push_back(a), second.push_back(b);
  const auto shape = gt::Shape{static_cast<std::int64_t>(first.size())};
  const auto type = sizeof(S) == 4 ? gt::float32 : gt::float64;
  const auto a = gt::tensor(first, shape).to(type).requires_grad_(),
             b = gt::tensor(second, shape).to(type).requires_grad_();
  gt::Tape tape;
  const auto y = pairs.op(a, b);
  const auto slopes = gt::grad(std::vector{gt::sum(y)}, std::vector{a, b}, {.retain_graph = true}),
             recorded = gt::grad(std::vector{gt::sum(y)}, std::vector{a, b}, {.create_graph = true});
  for (std::size_t i = 0; i < first.size(); ++i) {
    const Case at{pairs.name, {}, {}, {}, {}, {}};
    SCOPED_TRACE(testing::Message() << "with " << second[i]);
    const auto number = [i](const gt::Tensor& x) { return x.detach().to_vector<double>()[i]; };
    const Exact by_first = pairs.by_first(first[i], second[i]);
    expect_close<S>(at, "value", first[i], number(y), pairs.value(first[i], second[i]));
    expect_close<S>(at, "slope by the first", first[i], number(slopes[0]), by_first);
    expect_close<S>(at, "recorded slope by the first", first[i], number(recorded[0]), by_first);
    if (!pairs.by_second) continue;
    const Exact by_second = pairs.by_second(first[i], second[i]);
    expect_close<S>(at, "slope by the second", first[i], number(slopes[1]), by_second);
    expect_close<S>(at, "recorded slope by the second", first[i], number(recorded[1]), by_second);
  }
}
void expect_right(const Pairs& pairs) {
  expect_right<float>(pairs);
  expect_right<double>(pairs);
}

// 0 where either is, whatever the other.
Exact product(Exact a, Exact b) { return a == 0 || b == 0 ? 0 : a * b; }
bool all(double, double) { return true; }

TEST(PointwiseExtremes, OfPowers) {
  const auto by_base = [](Exact a, Exact b) { return b == 0 ? 0 : product(b, std::pow(a, b - 1)); };
  const auto by_exponent = [](Exact a, Exact b) {
    return a == 0 && b >= 0 ? 0 : product(std::pow(a, b), a == 0 ? -Exact(inf) : std::log(a));
  };
  expect_right({"pow", [](const gt::Tensor& a, const gt::Tensor& b) { return gt::pow(a, b); },
                [](Exact a, Exact b) { return std::pow(a, b); }, by_base, by_exponent,
                [](double a, double) { return !std::signbit(a); }});
}
TEST(PointwiseExtremes, OfPowersOfNegativeNumbers) {
  // At -∞ only as far as b - 1 is not rounded, on which the sign hangs.
  const auto negative = [](double a, double b) {
    return a < 0 && std::floor(b) == b && std::abs(b) < (std::isinf(a) ? 1e6 : inf);
  };
  expect_right({"pow",
                [](const gt::Tensor& a, const gt::Tensor& b) { return gt::pow(a, b); },
                [](Exact a, Exact b) { return std::pow(a, b); },
                [](Exact a, Exact b) {
                  return b == 0 ? 0 : product(b, std::abs(b) > 1e6 ? std::pow(a, b) / a : std::pow(a, b - 1));
                },
                {},  // has none: a fraction of the exponent leaves the numbers
                negative});
}

TEST(PointwiseExtremes, OfAngles) {
  const auto by = [](Exact numerator, Exact a, Exact b) {
    return std::isinf(a) || std::isinf(b) || (a == 0 && b == 0) ? 0 : numerator / (a * a + b * b);
  };
  expect_right({"atan2", [](const gt::Tensor& y, const gt::Tensor& x) { return gt::atan2(y, x); },
                [](Exact y, Exact x) { return std::atan2(y, x); }, [=](Exact y, Exact x) { return by(x, y, x); },
                [=](Exact y, Exact x) { return by(-y, y, x); }, all});
}

TEST(PointwiseExtremes, OfProductsAndQuotients) {
  // An infinity times 0 has no value; a quotient's slope by a subnormal number goes by a subnormal a / b.
  expect_right({"multiply", [](const gt::Tensor& a, const gt::Tensor& b) { return a * b; },
                [](Exact a, Exact b) { return a * b; }, [](Exact, Exact b) { return b; },
                [](Exact a, Exact) { return a; }, all});
  expect_right({"divide", [](const gt::Tensor& a, const gt::Tensor& b) { return a / b; },
                [](Exact a, Exact b) { return a / b; }, [](Exact, Exact b) { return 1 / b; },
                [](Exact a, Exact b) { return -(a / b) / b; },
                [](double a, double) { return a == 0 || std::abs(a) > 1e-36; }});
}

TEST(PointwiseExtremes, OfTheLargerAndTheSmaller) {
  const auto half_at_ties = [](bool first, Exact a, Exact b) { return a == b ? Exact(0.5) : Exact(first); };
  expect_right({"maximum", [](const gt::Tensor& a, const gt::Tensor& b) { return gt::maximum(a, b); },
                [](Exact a, Exact b) { return std::max(a, b); },
                [=](Exact a, Exact b) { return half_at_ties(a > b, a, b); },
                [=](Exact a, Exact b) { return half_at_ties(b > a, a, b); }, all});
  expect_right({"minimum", [](const gt::Tensor& a, const gt::Tensor& b) { return gt::minimum(a, b); },
                [](Exact a, Exact b) { return std::min(a, b); },
                [=](Exact a, Exact b) { return half_at_ties(a < b, a, b); },
                [=](Exact a, Exact b) { return half_at_ties(b < a, a, b); }, all});
}

}  // namespace
