// Rounding, comparisons, rests, bits and bounds, element by element. Numbers beside "PyTorch" are those of 2.15.
#include <limits>
#include <random>

#include "tests/support/near.h"

namespace {

using testing::Each;
using testing::ElementsAre;

const double inf = INFINITY, nan = NAN;
constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min(),
                       most = std::numeric_limits<std::int64_t>::max();

gt::Tensor longs(std::initializer_list<std::int64_t> values) { return gt::tensor(values); }
std::vector<bool> bools_of(const gt::Tensor& x) {
  EXPECT_EQ(x.dtype(), gt::boolean);
  return x.to_vector<bool>();
}
std::vector<std::int64_t> longs_of(const gt::Tensor& x) { return x.to_vector<std::int64_t>(); }
// The numbers that have a minus sign, as -0 has.
std::vector<bool> signs_of(const gt::Tensor& x) { return bools_of(gt::signbit(x)); }

// What comes of f, and the gradients of its sum.
template <class F>
std::vector<gt::Tensor> value_and_slopes(F f, std::vector<gt::Tensor> x) {
  for (gt::Tensor& each : x) each = each.detach().clone().requires_grad_();
  gt::Tape tape;
  const gt::Tensor y = f(x);
  auto all = gt::grad(std::vector{gt::sum(y)}, x, {.allow_unused = true});
  all.insert(all.begin(), y.detach());
  return all;
}
template <class F>
std::vector<gt::Tensor> value_and_slopes(F f, std::initializer_list<double> a) {
  return value_and_slopes([&](const auto& x) { return f(x[0]); }, std::vector{gt::tensor(a)});
}
template <class F>
std::vector<gt::Tensor> value_and_slopes(F f, std::initializer_list<double> a, std::initializer_list<double> b) {
  return value_and_slopes([&](const auto& x) { return f(x[0], x[1]); }, std::vector{gt::tensor(a), gt::tensor(b)});
}

TEST(IsNan, AndItsKinSayWhatANumberIs) {
  for (const auto type : {gt::float32, gt::float64, gt::float16, gt::bfloat16}) {
    const auto x = gt::tensor({-inf, -1.0, -0.0, 0.0, 65000.0, inf, nan}).to(type);
    EXPECT_THAT(bools_of(gt::isnan(x)), ElementsAre(0, 0, 0, 0, 0, 0, 1));
    EXPECT_THAT(bools_of(gt::isinf(x)), ElementsAre(1, 0, 0, 0, 0, 1, 0));
    EXPECT_THAT(bools_of(gt::isposinf(x)), ElementsAre(0, 0, 0, 0, 0, 1, 0));
    EXPECT_THAT(bools_of(gt::isneginf(x)), ElementsAre(1, 0, 0, 0, 0, 0, 0));
    EXPECT_THAT(bools_of(gt::isfinite(x)), ElementsAre(0, 1, 1, 1, 1, 0, 0));
    EXPECT_THAT(bools_of(gt::signbit(x)).front(), true);
    EXPECT_THAT(bools_of(gt::signbit(gt::slice(x, 0, 1, 4))), ElementsAre(1, 1, 0));
  }
}

TEST(IsNan, OfIntegersIsNeverTrue) {
  const auto x = longs({least, -1, 0, most});
  for (const auto type : {gt::int64, gt::int32, gt::uint8, gt::boolean}) {
    EXPECT_THAT(bools_of(gt::isnan(x.to(type))), Each(false));
    EXPECT_THAT(bools_of(gt::isinf(x.to(type))), Each(false));
    EXPECT_THAT(bools_of(gt::isposinf(x.to(type))), Each(false));
    EXPECT_THAT(bools_of(gt::isfinite(x.to(type))), Each(true));
  }
  EXPECT_THAT(bools_of(gt::signbit(x)), ElementsAre(1, 1, 0, 0));
}

TEST(Rounding, IsPyTorchs) {
  const std::initializer_list<double> x = {-inf, -2.5, -1.5, -0.5, -0.0, 0.5, 1.5, 2.5, inf, nan, 2251799813685249.5};
  const auto expect = [&](gt::Tensor (*f)(const gt::Tensor&), std::initializer_list<double> wanted, double slope,
                          std::vector<bool> signs) {
    const auto got = value_and_slopes(f, x);
    EXPECT_THAT(got[0], near(wanted, 0));
    EXPECT_THAT(got[1].to_vector<double>(), Each(slope));
    EXPECT_EQ(signs_of(gt::slice(got[0], 0, 3, 6)), signs);
  };
  expect([](const gt::Tensor& t) { return gt::ceil(t); }, {-inf, -2, -1, 0, 0, 1, 2, 3, inf, nan, 2251799813685250}, 0,
         {true, true, false});
  expect([](const gt::Tensor& t) { return gt::round(t); }, {-inf, -2, -2, 0, 0, 0, 2, 2, inf, nan, 2251799813685250}, 0,
         {true, true, false});
  expect([](const gt::Tensor& t) { return gt::trunc(t); }, {-inf, -2, -1, 0, 0, 0, 1, 2, inf, nan, 2251799813685249}, 0,
         {true, true, false});
  expect([](const gt::Tensor& t) { return gt::frac(t); }, {nan, -0.5, -0.5, -0.5, 0, 0.5, 0.5, 0.5, nan, nan, 0.5}, 1,
         {true, false, false});
  EXPECT_THAT(gt::fix(gt::tensor({-1.5, 1.5})), near({-1, 1}));
}

TEST(Rounding, LeavesIntegersWhatTheyAre) {
  for (const auto f :
       {+[](const gt::Tensor& x) { return gt::ceil(x); }, +[](const gt::Tensor& x) { return gt::round(x); },
        +[](const gt::Tensor& x) { return gt::trunc(x); }}) {
    EXPECT_THAT(longs_of(f(longs({most, least}))), ElementsAre(most, least));
    EXPECT_EQ(f(gt::tensor({true})).dtype(), gt::boolean);
  }
  EXPECT_THAT(longs_of(gt::frac(longs({most}))), ElementsAre(0));
  EXPECT_EQ(gt::frac(longs({1})).dtype(), gt::int64);
}

TEST(Rounding, TakesDecimals) {
  EXPECT_THAT(gt::round(gt::tensor({1.005, 2.675, -1234.5678, 0.125}), 2), near({1, 2.68, -1234.57, 0.12}, 0));
  EXPECT_THAT(gt::round(gt::tensor({150.0, 250.0, 350.0, -50.0}), -2), near({200, 200, 400, 0}, 0));
  EXPECT_THAT(gt::round(gt::tensor({1.5, 2.5}), 0), near({2, 2}, 0));
  EXPECT_EQ(gt::round(gt::tensor({1.25f}), 1).dtype(), gt::float32);
  EXPECT_EQ(gt::round(gt::scalar(9876.0).to(gt::float16), -2).item(), 9904);  // 9900, as float16 has it
  EXPECT_THAT(longs_of(gt::round(longs({15, 25, -149}), -1)), ElementsAre(20, 20, -150));
  EXPECT_THAT(longs_of(gt::round(longs({most}), 3)), ElementsAre(most));
  EXPECT_THAT(value_and_slopes([](const gt::Tensor& x) { return gt::round(x, 1); }, {0.26})[1], near({0}));
}

TEST(CopySign, KnowsTheSignOfZeroAndOfNan) {
  const auto got = value_and_slopes([](const auto& x, const auto& y) { return gt::copysign(x, y); },
                                    {0, -0.0, 2, -3, 1}, {-1, 1, -0.0, 2, nan});
  EXPECT_THAT(gt::slice(got[0], 0, 0, 4), near({0, 0, -2, 3}, 0));
  EXPECT_THAT(signs_of(gt::slice(got[0], 0, 0, 2)), ElementsAre(1, 0));
  EXPECT_EQ(std::abs(gt::select(got[0], 0, 4).item()), 1);
  EXPECT_THAT(gt::slice(got[1], 0, 0, 4), near({0, 0, -1, -1}, 0));
  EXPECT_THAT(got[2].to_vector<double>(), Each(0));
  EXPECT_EQ(gt::copysign(gt::tensor({3}), -1).dtype(), gt::float32);
  EXPECT_THAT(gt::sgn(gt::tensor({-3.0, 0.0, 2.0})), near({-1, 0, 1}, 0));
}

TEST(NanToNum, TakesTheEndsOfTheType) {
  const auto got = value_and_slopes([](const gt::Tensor& x) { return gt::nan_to_num(x); }, {nan, inf, -inf, 2});
  const double largest = std::numeric_limits<double>::max();
  EXPECT_THAT(got[0], near({0, largest, -largest, 2}, 0));
  EXPECT_THAT(got[1], near({0, 0, 0, 1}, 0));

  const auto ends = gt::tensor({inf, -inf});
  const double single = std::numeric_limits<float>::max(), brain = 0x1.fep127;
  EXPECT_THAT(gt::nan_to_num(ends.to(gt::float32)), near({single, -single}, 0));
  EXPECT_THAT(gt::nan_to_num(ends.to(gt::float16)), near({65504, -65504}, 0));
  EXPECT_THAT(gt::nan_to_num(ends.to(gt::bfloat16)), near({brain, -brain}, 0));
  EXPECT_THAT(gt::nan_to_num(gt::tensor({nan, inf, -inf}), 1, 2, 3), near({1, 2, 3}, 0));
  EXPECT_THAT(longs_of(gt::nan_to_num(longs({most}))), ElementsAre(most));
}

TEST(Clamp, MayLackEitherBound) {
  const auto x = gt::tensor({-2.0, 0.5, 2.0, nan});
  EXPECT_THAT(gt::clamp(x, {}, 1), near({-2, 0.5, 1, nan}, 0));
  EXPECT_THAT(gt::clamp(x, -1), near({-1, 0.5, 2, nan}, 0));
  EXPECT_THAT(gt::clamp_min(x, -1), near({-1, 0.5, 2, nan}, 0));
  EXPECT_THAT(gt::clamp_max(x, 1), near({-2, 0.5, 1, nan}, 0));
  EXPECT_THAT(gt::clip(x, -1, 1), near({-1, 0.5, 1, nan}, 0));
  EXPECT_THAT(gt::clamp(x, 1, -1), near({-1, -1, -1, nan}, 0));
  EXPECT_THAT(longs_of(gt::clamp_max(longs({least, most}), most - 1)), ElementsAre(least, most - 1));
  EXPECT_THAT(longs_of(gt::clamp_min(longs({least, most}), least + 1)), ElementsAre(least + 1, most));
  EXPECT_EQ(gt::clamp_min(gt::tensor({1}), 0.5).dtype(), gt::float32);
  EXPECT_THAT(value_and_slopes([](const auto& t) { return gt::clamp_min(t, 1); }, {0, 1, 2})[1], near({0, 1, 1}, 0));
  EXPECT_THAT(value_and_slopes([](const auto& t) { return gt::clamp_max(t, 1); }, {0, 1, 2})[1], near({1, 1, 0}, 0));
}

TEST(Clamp, NeedsABound) {
  const auto x = gt::tensor({1.0});
  EXPECT_ERROR(ValueError, gt::clamp(x, std::nullopt), "clamp: neither bound is given\n  tensor  [1]  float64  cpu");
  EXPECT_ERROR(ValueError, gt::clamp(x, gt::Tensor()), "clamp: neither bound is given\n  tensor  [1]  float64  cpu");
}

TEST(Clamp, BetweenTensorsGivesEachGradientToTheOneThatIsTheResult) {
  const auto x = gt::tensor({-2.0, 0.0, 2.0, -1.0, 0.0, -3.0, 3.0, nan}),
             low = gt::tensor({-1.0, -1.0, -1.0, -1.0, 1.0, 1.0, 1.0, -1.0}),
             high = gt::tensor({1.0, 1.0, 1.0, 1.0, -1.0, 1.0, 1.0, 1.0});
  const auto got = value_and_slopes([](const auto& t) { return gt::clamp(t[0], t[1], t[2]); }, {x, low, high});
  EXPECT_THAT(got[0], near({-1, 0, 1, -1, -1, 1, 1, nan}, 0));
  EXPECT_THAT(got[1], near({0, 1, 0, 1, 0, 0, 0, 0}, 0));
  EXPECT_THAT(got[2], near({1, 0, 0, 0, 0, 1, 0, 0}, 0));
  EXPECT_THAT(got[3], near({0, 0, 1, 0, 1, 0, 1, 0}, 0));
}

TEST(Clamp, BetweenTensorsBroadcastsAndKeepsIntegers) {
  const auto x = gt::tensor({{-2.0, 2.0}, {0.5, 5.0}});
  EXPECT_THAT(gt::clamp(x, {}, gt::tensor({0.0, 3.0})), near({-2, 2, 0, 3}, 0));
  EXPECT_THAT(gt::clamp_min(x, gt::tensor({0.0, 3.0})), near({0, 3, 0.5, 5}, 0));
  EXPECT_THAT(gt::clamp_max(x, gt::scalar(1.0)), near({-2, 1, 0.5, 1}, 0));
  EXPECT_THAT(gt::clip(x, gt::scalar(0.0), gt::scalar(1.0)), near({0, 1, 0.5, 1}, 0));
  const auto whole = gt::clamp_min(longs({least, 3}), longs({least + 1, 7}));
  EXPECT_THAT(longs_of(whole), ElementsAre(least + 1, 7));
  EXPECT_EQ(whole.dtype(), gt::int64);
  EXPECT_EQ(gt::clamp_max(gt::tensor({5}), gt::tensor({2})).dtype(), gt::int32);
}

TEST(Lerp, ReachesBothEnds) {
  const auto start = gt::full({4}, 1.1, {.dtype = gt::float64}), end = gt::full({4}, 3.3, {.dtype = gt::float64});
  const auto weight = gt::tensor({0.0, 0.25, 0.75, 1.0});
  const auto got = value_and_slopes([](const auto& x) { return gt::lerp(x[0], x[1], x[2]); }, {start, end, weight});
  EXPECT_EQ(gt::select(got[0], 0, 0).item(), 1.1);
  EXPECT_EQ(gt::select(got[0], 0, 3).item(), 3.3);
  EXPECT_THAT(got[0], near({1.1, 1.65, 2.75, 3.3}, 1e-15));
  EXPECT_THAT(got[1], near({1, 0.75, 0.25, 0}, 0));
  EXPECT_THAT(got[2], near(weight, 0));
  EXPECT_THAT(got[3].to_vector<double>(), Each(3.3 - 1.1));
  EXPECT_THAT(gt::lerp(gt::tensor({1.f}), gt::tensor({3.f}), 0.5), near({2}, 0));
  EXPECT_EQ(gt::lerp(gt::tensor({1.0}), gt::tensor({1e-20}), 1).item(), 1e-20);  // the end itself
}

TEST(AddCMul, AndItsKinTakeAFactor) {
  const auto x = gt::tensor({1.0, 2.0}), a = gt::tensor({3.0, 4.0}), b = gt::tensor({5.0, 8.0});
  EXPECT_THAT(gt::addcmul(x, a, b), near({16, 34}, 0));
  EXPECT_THAT(gt::addcmul(x, a, b, 0.5), near({8.5, 18}, 0));
  EXPECT_THAT(gt::addcdiv(x, a, b, 10), near({7, 7}, 0));
  EXPECT_THAT(gt::add(x, a, 2), near({7, 10}, 0));
  EXPECT_THAT(gt::subtract(x, a, 2), near({-5, -6}, 0));
  EXPECT_THAT(gt::sub(x, 3, 2), near({-5, -4}, 0));
  EXPECT_THAT(gt::rsub(x, a), near({2, 2}, 0));
  EXPECT_THAT(gt::rsub(x, 3, 2), near({1, -1}, 0));
  const auto slopes = value_and_slopes([](const auto& t) { return gt::addcdiv(t[0], t[1], t[2], 10); }, {x, a, b});
  EXPECT_THAT(slopes[2], near({2, 1.25}, 0));
  EXPECT_THAT(slopes[3], near({-1.2, -0.625}, 1e-15));
}

TEST(AddCMul, KeepsIntegersByWholeFactors) {
  const auto x = gt::tensor({1, 2}), a = gt::tensor({3, 4}), b = gt::tensor({5, 6});
  EXPECT_THAT(longs_of(gt::addcmul(x, a, b, 2)), ElementsAre(31, 50));  // PyTorch
  EXPECT_EQ(gt::addcmul(x, a, b, 2).dtype(), gt::int32);
  EXPECT_EQ(gt::addcmul(x, a, b, 0.5).dtype(), gt::float32);
  EXPECT_THAT(gt::addcmul(x, a, b, 0.5), near({8.5, 14}, 0));
  EXPECT_THAT(longs_of(gt::add(x, a, 2)), ElementsAre(7, 10));
  EXPECT_THAT(longs_of(gt::add(longs({1}), longs({1}), most)), ElementsAre(least));  // exact, and wraps
  EXPECT_THAT(longs_of(gt::subtract(x, a, 2)), ElementsAre(-5, -6));
  EXPECT_EQ(gt::add(x, a, 0.5).dtype(), gt::float32);
}

TEST(FMax, PassesNanBy) {
  const auto larger = value_and_slopes([](const auto& a, const auto& b) { return gt::fmax(a, b); },
                                       {1, nan, 1, nan, 2, -inf}, {1, 1, nan, nan, 1, inf});
  EXPECT_THAT(larger[0], near({1, 1, 1, nan, 2, inf}, 0));
  EXPECT_THAT(larger[1], near({0.5, 0, 1, 0, 1, 0}, 0));
  EXPECT_THAT(larger[2], near({0.5, 1, 0, 0, 0, 1}, 0));
  const auto smaller = value_and_slopes([](const auto& a, const auto& b) { return gt::fmin(a, b); },
                                        {1, nan, 1, nan, 2, -inf}, {1, 1, nan, nan, 1, inf});
  EXPECT_THAT(smaller[0], near({1, 1, 1, nan, 1, -inf}, 0));
  EXPECT_THAT(smaller[1], near({0.5, 0, 1, 0, 0, 1}, 0));
  EXPECT_THAT(smaller[2], near({0.5, 1, 0, 0, 1, 0}, 0));
  EXPECT_THAT(longs_of(gt::fmax(longs({most, 1}), longs({most - 1, 2}))), ElementsAre(most, 2));
  EXPECT_THAT(longs_of(gt::fmin(longs({most, 1}), longs({most - 1, 2}))), ElementsAre(most - 1, 1));
}

TEST(Hypot, MeetsTheEdges) {
  const auto got = value_and_slopes([](const auto& x, const auto& y) { return gt::hypot(x, y); },
                                    {0, -3, 1e200, inf, inf, nan, 5e-324}, {0, 4, 1e200, 1, nan, 1, 0});
  EXPECT_THAT(got[0], near({0, 5, 1.414213562373095e200, inf, inf, nan, 5e-324}, 4e-16));
  EXPECT_THAT(gt::slice(got[1], 0, 0, 4), near({0, -0.6, std::sqrt(0.5), 1}, 1e-15));
  EXPECT_THAT(gt::slice(got[2], 0, 0, 4), near({0, 0.8, std::sqrt(0.5), 0}, 1e-15));
  EXPECT_EQ(gt::hypot(gt::tensor({3}), 4).dtype(), gt::float32);
}

// The worst distance from the exact result in units in the last place.
template <class S, class F, class Exact>
double worst_ulp(F f, Exact exact) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> even(-1, 1);
  const double far = std::numeric_limits<S>::max_exponent - 2;
  std::vector<S> x, y;
  for (int i = 0; i < 50'000; ++i) {
    const double size = far * even(random), spread = i % 2 ? 100 : 1;
    x.push_back(static_cast<S>(std::exp2(size)));
    y.push_back(static_cast<S>(std::exp2(std::max(-far, std::min(far, size + spread * even(random))))));
  }
  const auto count = static_cast<std::int64_t>(x.size());
  const auto got = f(gt::tensor(x, {count}), gt::tensor(y, {count})).template to_vector<S>();
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const long double wanted = exact(x[i], y[i]);
    const S size = std::max(std::abs(static_cast<S>(wanted)), std::numeric_limits<S>::min());
    const long double ulp = static_cast<long double>(size) - std::nextafter(size, S(0));
    worst = std::max(worst, static_cast<double>(std::abs(got[i] - wanted) / ulp));
  }
  return worst;
}

TEST(Hypot, IsRightToFourUnitsInTheLastPlace) {
  const auto op = [](const gt::Tensor& x, const gt::Tensor& y) { return gt::hypot(x, y); };
  const auto exact = [](long double x, long double y) { return std::hypot(x, y); };
  EXPECT_LE(worst_ulp<float>(op, exact), 3);
  EXPECT_LE(worst_ulp<double>(op, exact), 3);
}

TEST(Fmod, IsExactHoweverFarTheNumbersLieApart) {
  const auto op = [](const gt::Tensor& x, const gt::Tensor& y) { return gt::fmod(x, y); };
  const auto exact = [](long double x, long double y) { return std::fmod(x, y); };
  EXPECT_EQ(worst_ulp<float>(op, exact), 0);
  EXPECT_EQ(worst_ulp<double>(op, exact), 0);
  const double tiny = 5e-324;
  // NumPy's numbers.
  EXPECT_EQ(gt::fmod(gt::tensor({1e300}), 3.7).item(), 1.765761626199355);
  EXPECT_EQ(gt::fmod(gt::tensor({1e30f}), 0.7).item(), 0.4768214821815491);
  EXPECT_EQ(gt::fmod(gt::tensor({7 * tiny}), 3 * tiny).item(), tiny);
  EXPECT_EQ(gt::fmod(gt::tensor({std::numeric_limits<double>::max()}), 2.5e-320).item(), 1.8933e-320);
}

const std::initializer_list<double> dividends = {7, -7, 7, -7, 7.5, -7.5, 0, -0.0, 1, -1, inf, 5},
                                    divisors = {3, 3, -3, -3, 2.5, 2.5, 3, 3, inf, inf, 2, 0};
TEST(Remainder, AndFmodArePyTorchs) {
  const auto c = value_and_slopes([](const auto& x, const auto& y) { return gt::fmod(x, y); }, dividends, divisors);
  EXPECT_THAT(c[0], near({1, -1, 1, -1, 0, 0, 0, 0, 1, -1, nan, nan}, 0));
  EXPECT_THAT(signs_of(gt::slice(c[0], 0, 4, 8)), ElementsAre(0, 1, 0, 1));
  EXPECT_THAT(c[1].to_vector<double>(), Each(1));
  EXPECT_THAT(gt::slice(c[2], 0, 0, 10), near({-2, 2, 2, -2, -3, 3, 0, 0, 0, 0}, 0));
  const auto python =
      value_and_slopes([](const auto& x, const auto& y) { return gt::remainder(x, y); }, dividends, divisors);
  EXPECT_THAT(python[0], near({1, 2, -2, -1, 0, 0, 0, 0, 1, inf, nan, nan}, 0));
  EXPECT_THAT(python[1].to_vector<double>(), Each(1));
  EXPECT_THAT(gt::slice(python[2], 0, 0, 9), near({-2, 3, 3, -2, -3, 3, 0, 0, 0}, 0));
}

TEST(Divide, RoundsDownOrTowardsZero) {
  const auto down =
      value_and_slopes([](const auto& a, const auto& b) { return gt::floor_divide(a, b); }, dividends, divisors);
  EXPECT_THAT(down[0], near({2, -3, -3, 2, 3, -3, 0, 0, 0, -1, nan, inf}, 0));  // PyTorch
  EXPECT_THAT(down[1].to_vector<double>(), Each(0));
  EXPECT_THAT(down[2].to_vector<double>(), Each(0));
  const auto a = gt::tensor(dividends), b = gt::tensor(divisors);
  EXPECT_THAT(gt::divide(a, b, gt::Rounding::floor), near(down[0], 0));
  EXPECT_THAT(gt::div(a, b, gt::Rounding::trunc), near({2, -2, -2, 2, 3, -3, 0, 0, 0, 0, inf, inf}, 0));
  // 0.1 is a little more than a tenth, so it goes nine times into 1; Python says the same.
  EXPECT_THAT(gt::floor_divide(gt::tensor({1.0, 0.3, -1.0}), 0.1), near({9, 2, -10}, 0));
}

TEST(Divide, KeepsIntegersWhereItRounds) {
  const auto a = longs({7, -7, 7, -7, least, least, most}), b = longs({3, 3, -3, -3, 3, -1, -1});
  EXPECT_THAT(longs_of(gt::fmod(a, b)), ElementsAre(1, -1, 1, -1, -2, 0, 0));
  EXPECT_THAT(longs_of(gt::remainder(a, b)), ElementsAre(1, 2, -2, -1, 1, 0, 0));
  EXPECT_THAT(longs_of(gt::floor_divide(a, b)), ElementsAre(2, -3, -3, 2, least / 3 - 1, least, -most));
  EXPECT_THAT(longs_of(gt::divide(a, b, gt::Rounding::trunc)), ElementsAre(2, -2, -2, 2, least / 3, least, -most));
  EXPECT_EQ(gt::floor_divide(gt::tensor({7}), 2).dtype(), gt::int32);
  EXPECT_EQ(gt::remainder(gt::tensor({7}), 2.0).dtype(), gt::float32);
}

TEST(Divide, OfIntegersByZeroIsRefused) {
  const auto a = gt::tensor({7, 8}), b = gt::tensor({1, 0});
  const std::string text =
      ": an integer is divided by 0, at position 1\n  divisors  [2]  int32  cpu\n  Make one side floating, "
      "x.to(gt::float32), or leave zeros out, gt::where(b == 0, 1, b).";
  EXPECT_ERROR(ValueError, gt::fmod(a, b), "fmod" + text);
  EXPECT_ERROR(ValueError, gt::remainder(a, b), "remainder" + text);
  EXPECT_ERROR(ValueError, gt::floor_divide(a, b), "floor_divide" + text);
  EXPECT_ERROR(ValueError, gt::divide(a, b, gt::Rounding::trunc), "divide" + text);
  EXPECT_THROW(gt::fmod(a, 0), gt::ValueError);
  EXPECT_EQ(gt::fmod(gt::zeros({0}).to(gt::int32), gt::zeros({0}).to(gt::int32)).numel(), 0);
  EXPECT_THAT(gt::fmod(a, 0.0), near({nan, nan}));
  EXPECT_ERROR(DTypeError, gt::floor_divide(gt::tensor({true}), gt::tensor({true})),
               "floor_divide: takes no bool\n  left  [1]  bool  cpu\n  Make it integers: x.to(gt::int64).");
}

TEST(IsClose, IsPyTorchs) {
  const auto a = gt::tensor({1.0, 1.0, inf, inf, nan, 1e-9, 1.0}),
             b = gt::tensor({1 + 1e-6, 1.1, inf, -inf, nan, 0.0, inf});
  EXPECT_THAT(bools_of(gt::isclose(a, b)), ElementsAre(1, 0, 1, 0, 0, 1, 0));
  EXPECT_THAT(bools_of(gt::isclose(a, b, 0.2, 0, true)), ElementsAre(1, 1, 1, 0, 1, 0, 0));
  EXPECT_FALSE(gt::allclose(a, b));
  EXPECT_TRUE(gt::allclose(gt::tensor({1.f, 2.f}), gt::tensor({1.000001f, 2.f})));
  EXPECT_TRUE(gt::allclose(gt::zeros({0}), gt::zeros({0})));
  const auto big = longs({(1 << 24) + 1}), less = longs({1 << 24});  // which float32 would not tell apart
  EXPECT_FALSE(gt::allclose(big, less, 0, 0));
  EXPECT_TRUE(gt::allclose(big, less, 0, 1));
  EXPECT_ERROR(ValueError, gt::isclose(a, b, -1), "isclose: rtol is -1, and must not be negative");
  EXPECT_ERROR(ValueError, gt::allclose(a, b, 0, nan), "isclose: atol is nan, and must not be negative");
}

TEST(ArrayEqual, ComparesWholeTensors) {
  const auto x = gt::tensor({1.0, 2.0});
  EXPECT_TRUE(gt::array_equal(x, gt::tensor({1, 2})));
  EXPECT_FALSE(gt::array_equal(x, gt::tensor({1.0, 3.0})));
  EXPECT_FALSE(gt::array_equal(x, gt::tensor({1.0})));
  EXPECT_FALSE(gt::array_equal(x, gt::unsqueeze(x, 0)));
  EXPECT_FALSE(gt::array_equal(gt::tensor({nan}), gt::tensor({nan})));
  EXPECT_TRUE(gt::array_equal(gt::zeros({0, 2}), gt::zeros({0, 2})));
}

TEST(Comparisons, HaveTheirShortNames) {
  const auto x = gt::tensor({1, 2, 3});
  EXPECT_THAT(bools_of(gt::eq(x, 2)), ElementsAre(0, 1, 0));
  EXPECT_THAT(bools_of(gt::ne(x, 2)), ElementsAre(1, 0, 1));
  EXPECT_THAT(bools_of(gt::lt(x, 2)), ElementsAre(1, 0, 0));
  EXPECT_THAT(bools_of(gt::le(x, 2)), ElementsAre(1, 1, 0));
  EXPECT_THAT(bools_of(gt::gt(x, 2)), ElementsAre(0, 0, 1));
  EXPECT_THAT(bools_of(gt::ge(x, 2)), ElementsAre(0, 1, 1));
}

TEST(Bitwise, TakesIntegersOfEveryType) {
  const auto a = gt::tensor({12, -1, 0}), b = gt::tensor({10, 255, -7});
  EXPECT_THAT((a & b).to_vector<int>(), ElementsAre(8, 255, 0));
  EXPECT_THAT((a | b).to_vector<int>(), ElementsAre(14, -1, -7));
  EXPECT_THAT((a ^ b).to_vector<int>(), ElementsAre(6, ~255, -7));
  EXPECT_THAT((~a).to_vector<int>(), ElementsAre(-13, 0, -1));
  EXPECT_EQ((a & b).dtype(), gt::int32);
  EXPECT_THAT(longs_of(longs({most}) & least), ElementsAre(0));
  EXPECT_THAT(longs_of(~gt::tensor({5, 0}).to(gt::uint8)), ElementsAre(250, 255));  // PyTorch
  EXPECT_THAT(longs_of(gt::bitwise_xor(gt::tensor({{1}, {2}}), gt::tensor({4, 6}))), ElementsAre(5, 7, 6, 4));
  EXPECT_THAT(longs_of(gt::permute(gt::tensor({{1, 2}, {4, 8}}), {1, 0}) | 1), ElementsAre(1, 5, 3, 9));
  EXPECT_EQ((gt::tensor({true}) & gt::tensor({3})).dtype(), gt::int32);
}

TEST(Bitwise, OfBoolsIsLogic) {
  const auto a = gt::tensor({true, true, false, false}), b = gt::tensor({true, false, true, false});
  EXPECT_THAT(bools_of(a & b), ElementsAre(1, 0, 0, 0));
  EXPECT_THAT(bools_of(a | b), ElementsAre(1, 1, 1, 0));
  EXPECT_THAT(bools_of(a ^ b), ElementsAre(0, 1, 1, 0));
  EXPECT_THAT(bools_of(~a), ElementsAre(0, 0, 1, 1));
}

TEST(Bitwise, ShiftsAsPyTorch) {
  const auto shifted = gt::tensor({1, -5, 1, 1, 3}) << gt::tensor({31, 1, 32, -1, 40});
  EXPECT_THAT(shifted.to_vector<int>(), ElementsAre(std::numeric_limits<int>::min(), -10, 0, 0, 0));
  EXPECT_THAT((gt::tensor({-8, 8, -1, 5, 7}) >> gt::tensor({1, 2, 40, -1, 100})).to_vector<int>(),
              ElementsAre(-4, 2, -1, 0, 0));
  EXPECT_THAT(longs_of(gt::bitwise_left_shift(longs({1, 1, -1}), longs({63, 64, 62}))),
              ElementsAre(least, 0, -(std::int64_t(1) << 62)));
  EXPECT_THAT(longs_of(gt::bitwise_right_shift(longs({least, least, most}), longs({63, 64, 62}))),
              ElementsAre(-1, -1, 1));
  EXPECT_THAT(longs_of(gt::tensor({200}).to(gt::uint8) << 1), ElementsAre(144));
  EXPECT_ERROR(DTypeError, gt::tensor({true}) << gt::tensor({true}),
               "bitwise_left_shift: takes no bool\n  left  [1]  bool  cpu\n  Make it integers: x.to(gt::int64).");
}

TEST(Bitwise, RefusesFloatingNumbers) {
  const auto x = gt::tensor({1.f});
  EXPECT_ERROR(
      DTypeError, x & x,
      "bitwise_and: takes integers alone\n  tensor  [1]  float32  cpu\n  Use gt::logical_and(a, b), which asks "
      "whether numbers are 0.");
  EXPECT_ERROR(DTypeError, gt::tensor({1}) | 2.5,
               "bitwise_or: takes integers alone\n  tensor  []  float64  cpu\n  Use gt::logical_or(a, b), which asks "
               "whether numbers are 0.");
  EXPECT_ERROR(DTypeError, ~x,
               "bitwise_not: takes integers alone\n  tensor  [1]  float32  cpu\n  Use gt::logical_not(x), which asks "
               "whether numbers are 0.");
  EXPECT_THROW(x << 1, gt::DTypeError);
  EXPECT_THROW(gt::tensor({true}) & x, gt::DTypeError);
  EXPECT_THROW(gt::Tensor() & gt::tensor({1}), gt::ValueError);
}

TEST(Heaviside, TakesItsValueAtZero) {
  EXPECT_THAT(gt::heaviside(gt::tensor({-1.0, 0.0, -0.0, 1.0, nan}), 0.5), near({0, 0.5, 0.5, 1, nan}, 0));
  EXPECT_THAT(longs_of(gt::heaviside(longs({-2, 0, 2}), longs({7, 8, 9}))), ElementsAre(0, 8, 1));
}

TEST(Aliases, AreTheSameOps) {
  const auto x = gt::tensor({6.0, -3.0});
  EXPECT_THAT(gt::mul(x, 2), near({12, -6}, 0));
  EXPECT_THAT(gt::div(x, 2), near({3, -1.5}, 0));
  EXPECT_THAT(gt::sub(x, 2), near({4, -5}, 0));
  EXPECT_THAT(gt::neg(x), near({-6, 3}, 0));
  EXPECT_THAT(gt::positive(x), near({6, -3}, 0));
  EXPECT_THAT(gt::absolute(longs({-3, 4, least})).to_vector<std::int64_t>(), ElementsAre(3, 4, least));
  EXPECT_THAT(gt::deg2rad(gt::tensor({180.0, 90.0})), near({M_PI, M_PI / 2}, 1e-15));
  EXPECT_THAT(gt::rad2deg(gt::tensor({M_PI})), near({180}, 1e-15));
  EXPECT_EQ(gt::deg2rad(gt::tensor({180})).dtype(), gt::float32);
}

TEST(FloatPower, IsFloat64) {
  const auto y = gt::float_power(gt::tensor({2, 3}), -1);
  EXPECT_EQ(y.dtype(), gt::float64);
  EXPECT_THAT(y, near({0.5, 1 / 3.0}, 1e-15));
  EXPECT_EQ(gt::float_power(3, gt::tensor({0.5f})).item(), std::sqrt(3.0));
}

}  // namespace
