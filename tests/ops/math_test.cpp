// The words of formulas: accuracy against the C library in higher precision, the same bits at every width, duals, uses.
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include <gradtape/ops/cpu/targets.h>
#include <gradtape/ops/slope_of.h>

namespace gt = gradtape;

namespace {

#define WORD(Name, word)                                              \
  struct Name {                                                       \
    static constexpr auto name = #word;                               \
    template <class P> GT_FN static P of(P x) { return word(x); }     \
    static long double wanted(long double x) { return std::word(x); } \
  }
WORD(Exp, exp);
WORD(Exp2, exp2);
WORD(Expm1, expm1);
WORD(Log, log);
WORD(Log2, log2);
WORD(Log10, log10);
WORD(Log1p, log1p);
WORD(Tanh, tanh);
WORD(Sin, sin);
WORD(Cos, cos);
WORD(Erf, erf);
WORD(Sqrt, sqrt);
struct Gaussian {
  static constexpr auto name = "gaussian";
  template <class P> GT_FN static P of(P x) { return gaussian(x); }
  static long double wanted(long double x) { return std::exp(-x * x / 2); }
};
struct NormalCdf {
  static constexpr auto name = "normal_cdf";
  template <class P> GT_FN static P of(P x) { return normal_cdf(x); }
  static long double wanted(long double x) { return std::erfc(-x / std::sqrt(2.0L)) / 2; }
};
struct Gelu {
  static constexpr auto name = "gelu";
  template <class P> GT_FN static P of(P x) { return gelu(x); }
  static long double wanted(long double x) { return x * NormalCdf::wanted(x); }
};
WORD(Floor, floor);
struct Round {
  static constexpr auto name = "round";
  template <class P> GT_FN static P of(P x) { return round(x); }
  static long double wanted(long double x) { return std::rint(x); }
};
struct RestBy0point7 {
  static constexpr auto name = "fmod by 0.7";
  template <class P> GT_FN static P of(P x) { return fmod(x, P(0.7)); }
};
WORD(Atan, atan);
struct PowerOf3 {
  static constexpr auto name = "3 to the power";
  template <class P> GT_FN static P of(P x) { return pow(P(3), x); }
  static long double wanted(long double x) { return std::pow(3.0L, x); }
};
struct PowerBy1point7 {
  static constexpr auto name = "to the power 1.7";
  template <class P> GT_FN static P of(P x) { return pow(x, P(1.7)); }
  static long double wanted(long double x) { return std::pow(x, 1.7L); }
};
struct Sigmoid {
  static constexpr auto name = "sigmoid";
  template <class P> GT_FN static P of(P x) { return sigmoid(x); }
  static long double wanted(long double x) { return 1 / (1 + std::exp(-x)); }
};

template <class S>
std::vector<S> inputs(double low, double high) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> even(low, high);
  std::vector<S> x;
  for (int i = 0; i < 40000; ++i) x.push_back(static_cast<S>(even(random)));
  for (int e = -1070; e < 1020; ++e)
    for (double sign : {1.0, -1.0}) {
      const double v = sign * std::ldexp(1.37, e);
      if (v >= low && v <= high) x.push_back(static_cast<S>(v));
    }
  return x;
}

template <class Word, class S>
double worst_ulp(double low, double high) {
  double worst = 0;
  for (const S x : inputs<S>(low, high)) {
    const S got = Word::of(gt::Pack<S>(x)).v;
    const long double wanted = Word::wanted(x);
    const S nearest = static_cast<S>(wanted);
    if (std::isinf(nearest) || std::isnan(nearest)) {
      EXPECT_EQ(std::isnan(nearest), std::isnan(got)) << x;
      if (std::isinf(nearest))
        EXPECT_TRUE(got == nearest || std::abs(got) > std::numeric_limits<S>::max() * S(0.999)) << x;
      continue;
    }
    EXPECT_FALSE(std::isnan(got)) << x;  // which no maximum would show
    const S size = std::max(std::abs(nearest), std::numeric_limits<S>::min());
    const long double ulp = static_cast<long double>(std::nextafter(size, std::numeric_limits<S>::infinity())) - size;
    worst = std::max(worst, static_cast<double>(std::abs(got - wanted) / ulp));
  }
  return worst;
}

struct Bounds {
  double single, twice;
};
template <class Word>
void expect_within(double low, double high, Bounds bounds) {
  const double single = worst_ulp<Word, float>(low, high), twice = worst_ulp<Word, double>(low, high);
  EXPECT_LE(single, bounds.single) << Word::name;
  EXPECT_LE(twice, bounds.twice) << Word::name;
  testing::Test::RecordProperty(Word::name,
                                std::to_string(single) + " ulp in float, " + std::to_string(twice) + " in double");
}

TEST(Math, IsAccurateToTheLastBits) {
  expect_within<Exp>(-87, 88, {1.5, 1.5});
  expect_within<Exp>(-700, 709, {1.5, 1.5});
  expect_within<Exp2>(-126, 127.9, {1.5, 1.5});
  expect_within<Exp2>(-1, 1, {1.5, 1.5});
  expect_within<Expm1>(-40, 88, {2, 2});
  expect_within<Expm1>(-1, 1, {2, 2});
  expect_within<Log>(0, 1e30, {1.5, 1.5});
  expect_within<Log>(0.5, 2, {1.5, 1.5});
  expect_within<Log2>(0, 1e30, {2, 2});
  expect_within<Log2>(0.5, 2, {2, 2});
  expect_within<Log10>(0, 1e30, {0.51, 0.51});
  expect_within<Log10>(0.5, 2, {0.51, 0.51});
  expect_within<Log1p>(-0.99, 100, {2, 2});
  expect_within<Tanh>(-20, 20, {2.5, 2.5});
  expect_within<Sigmoid>(-80, 80, {2.5, 2.5});
  expect_within<Sin>(-1e4, 1e4, {1.6, 1.6});
  expect_within<Cos>(-1e4, 1e4, {1.6, 1.6});
  expect_within<Erf>(-6, 6, {2, 2});
  expect_within<Gaussian>(-13, 13, {1.3, 1.3});
  expect_within<NormalCdf>(-13, 40, {2.2, 2.2});
  expect_within<Gelu>(-12.5, 40, {2.2, 2.2});
  expect_within<Sqrt>(0, 1e30, {0.5, 0.5});
  expect_within<Floor>(-1e9, 1e9, {0, 0});
  expect_within<Round>(-1e9, 1e9, {0, 0});
}

template <class S>
void expect_powers_of_2_and_10() {
  using P = gt::Pack<S>;
  for (int n = -1080; n < 1030; ++n) {
    const S power = std::ldexp(S(1), n);
    EXPECT_EQ(exp2(P(S(n))).v, power) << n;
    EXPECT_EQ(log2(P(power)).v, power == 0 || std::isinf(power) ? std::log2(power) : S(n)) << n;
  }
  for (int n = -330; n < 330; ++n) {
    const S power = static_cast<S>(std::strtold(("1e" + std::to_string(n)).c_str(), nullptr));
    if (power < std::numeric_limits<S>::min()) continue;  // of few digits
    EXPECT_EQ(log10(P(power)).v, std::isinf(power) ? power : S(n)) << n;
  }
}
TEST(Math, PowersOfTwoAndTenAreExact) {
  expect_powers_of_2_and_10<float>();
  expect_powers_of_2_and_10<double>();
}

// Of every exponent, and those whose quarter turns leave next to nothing (Muller 2006).
template <class Word, class S>
void expect_right_at_any_size() {
  std::mt19937_64 random(1);
  std::vector<S> x{static_cast<S>(std::ldexp(6381956970095103.0, 797)),
                   static_cast<S>(std::ldexp(5154358084537095.0, -1)),
                   S(0x1.6ac5b2p72),
                   std::numeric_limits<S>::max(),
                   S(0x1p17),
                   S(0x1.fffffep16),
                   S(0x1p40),
                   S(1e15),
                   S(6e6)};
  for (int e = 10; e < std::numeric_limits<S>::max_exponent; ++e)
    for (int i = 0; i < 40; ++i) x.push_back(std::ldexp(S(1) + static_cast<S>(random() >> 11) * S(0x1p-53), e));
  for (const S angle : x)
    for (const S signed_angle : {angle, -angle}) {
      if (std::isinf(angle)) continue;
      const long double wanted = Word::wanted(signed_angle);
      const S nearest = std::abs(static_cast<S>(wanted));
      const long double ulp = static_cast<long double>(std::nextafter(nearest, S(2))) - nearest;
      EXPECT_LE(std::abs(Word::of(gt::Pack<S>(signed_angle)).v - wanted), 1.6L * ulp)
          << Word::name << " of " << signed_angle;
    }
}

TEST(Math, SineAndCosineAreRightForAnglesOfEverySize) {
  expect_right_at_any_size<Sin, float>();
  expect_right_at_any_size<Sin, double>();
  expect_right_at_any_size<Cos, float>();
  expect_right_at_any_size<Cos, double>();
  EXPECT_EQ(sin(gt::Pack<double>(1e22)).v, -0.8522008497671888);  // of 50 digits
}

TEST(Math, MeetsTheEdges) {
  using P = gt::Pack<double>;
  const double inf = INFINITY;
  EXPECT_EQ(exp(P(-inf)).v, 0);
  EXPECT_EQ(exp(P(inf)).v, inf);
  EXPECT_EQ(log(P(0.0)).v, -inf);
  EXPECT_EQ(log(P(inf)).v, inf);
  EXPECT_TRUE(std::isnan(log(P(-1.0)).v));
  EXPECT_EQ(log2(P(0.0)).v, -inf);
  EXPECT_EQ(log10(P(inf)).v, inf);
  EXPECT_TRUE(std::isnan(log2(P(-1.0)).v) && std::isnan(log10(P(-1.0)).v) && std::isnan(log10(P(NAN)).v));
  EXPECT_EQ(exp2(P(-inf)).v, 0);
  EXPECT_EQ(exp2(P(inf)).v, inf);
  EXPECT_TRUE(std::isnan(exp2(P(NAN)).v));
  EXPECT_EQ(log1p(P(1e-20)).v, 1e-20);
  EXPECT_EQ(expm1(P(1e-20)).v, 1e-20);
  EXPECT_EQ(expm1(P(-inf)).v, -1);
  EXPECT_EQ(tanh(P(inf)).v, 1);
  EXPECT_EQ(sigmoid(P(-inf)).v, 0);
  EXPECT_EQ(erf(P(-inf)).v, -1);
  EXPECT_TRUE(std::isnan(sin(P(inf)).v));
  EXPECT_TRUE(std::isnan(cos(P(-inf)).v) && std::isnan(cos(P(NAN)).v));
  EXPECT_TRUE(std::isnan(max(P(NAN), P(1.0)).v) && std::isnan(max(P(1.0), P(NAN)).v));
  EXPECT_TRUE(std::isnan(min(P(NAN), P(1.0)).v) && std::isnan(min(P(1.0), P(NAN)).v));
}

template <class S>
void expect_special_powers_like_c(double within) {
  const S large = std::numeric_limits<S>::max() / 8, tiny = std::numeric_limits<S>::denorm_min(), inf = INFINITY;
  const S specials[] = {0, S(-0.0), 1, -1, 2, -2, 3, S(0.5), S(-0.5), -3, inf, -inf, NAN, large, tiny, -tiny, 7};
  for (S x : specials)
    for (S y : specials) {
      const S got = pow(gt::Pack<S>(x), gt::Pack<S>(y)).v, wanted = std::pow(x, y);
      if (std::isnan(wanted)) EXPECT_TRUE(std::isnan(got)) << x << " to the " << y;
      else if (std::isinf(wanted) || wanted == 0) EXPECT_EQ(got, wanted) << x << " to the " << y;
      else EXPECT_NEAR(got / wanted, 1, within) << x << " to the " << y;
    }
}
TEST(Math, PowFollowsC) {
  expect_special_powers_like_c<float>(2e-7);
  expect_special_powers_like_c<double>(1e-13);
  for (float x : {0.1f, 0.7f, 1.3f, 5.f, 100.f})
    for (float y : {-3.f, -0.5f, 0.5f, 2.f, 7.7f})
      EXPECT_NEAR(pow(gt::Pack<float>(x), gt::Pack<float>(y)).v / std::pow(double(x), double(y)), 1, 1e-7);
}

// Bases of all sizes, and exponents as far as the power is a number.
template <class S>
double worst_ulp_of_pow() {
  const double far = std::log(static_cast<double>(std::numeric_limits<S>::max()));
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> even(-1, 1);
  double worst = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double spreads[] = {far, 3, 0.4, 1e-3};
    const S x = static_cast<S>(std::exp(spreads[i % 4] * even(random)));
    const S y = static_cast<S>(far * even(random) / std::log(static_cast<double>(x)));
    if (x == 1 || !std::isfinite(y)) continue;
    const long double wanted = std::pow(static_cast<long double>(x), static_cast<long double>(y));
    const S size = std::max(static_cast<S>(wanted), std::numeric_limits<S>::min());
    if (std::isinf(size)) continue;
    const long double ulp = static_cast<long double>(size) - std::nextafter(size, S(0));
    worst = std::max(worst, static_cast<double>(std::abs(pow(gt::Pack<S>(x), gt::Pack<S>(y)).v - wanted) / ulp));
  }
  return worst;
}
TEST(Math, PowIsRightToTwoUnitsInTheLastPlace) {
  EXPECT_LE(worst_ulp_of_pow<float>(), 1);
  EXPECT_LE(worst_ulp_of_pow<double>(), 2);
}

template <class Word, class V>
GT_FN void run(const void* in, void* out, int count) {
  for (int i = 0; i < count; i += gt::Lanes<V>::count) gt::store<V>(out, i, Word::of(gt::load<V>(in, i)));
}
template <class Word, class S> GT_512 void run_512(const void* in, void* out, int count) {
  run<Word, gt::Vec<S, 64 / sizeof(S)>>(in, out, count);
}
template <class Word, class S> GT_256 void run_256(const void* in, void* out, int count) {
  run<Word, gt::Vec<S, 32 / sizeof(S)>>(in, out, count);
}
template <class Word, class S> GT_128 void run_128(const void* in, void* out, int count) {
  run<Word, gt::Vec<S, 16 / sizeof(S)>>(in, out, count);
}

template <class Word, class S>
void expect_same_bits() {
  std::vector<S> x = inputs<S>(-90, 90), large = inputs<S>(-1e30, 1e30);
  x.insert(x.end(), large.begin(), large.end());
  for (S odd : {S(0), S(-0.0), S(INFINITY), S(-INFINITY), S(NAN), std::numeric_limits<S>::denorm_min(),
                std::numeric_limits<S>::max()})
    x.push_back(odd);
  x.resize(x.size() / 16 * 16);
  const int count = static_cast<int>(x.size());
  std::vector<S> one(x.size()), packs(x.size());
  run<Word, S>(x.data(), one.data(), count);
  auto expect_like_one = [&](const char* width) {
    for (int i = 0; i < count; ++i)
      if (!(std::isnan(one[i]) && std::isnan(packs[i])))
        ASSERT_EQ(std::memcmp(&one[i], &packs[i], sizeof(S)), 0) << width << " at " << x[i];
  };
  run_128<Word, S>(x.data(), packs.data(), count);
  expect_like_one("128 bits");
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    run_256<Word, S>(x.data(), packs.data(), count), expect_like_one("256 bits");
  if (__builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
    run_512<Word, S>(x.data(), packs.data(), count), expect_like_one("512 bits");
#endif
}
template <class Word>
void expect_same_bits_everywhere() {
  expect_same_bits<Word, float>();
  expect_same_bits<Word, double>();
}

TEST(Math, HasTheSameBitsAtEveryWidth) {
  expect_same_bits_everywhere<Exp>();
  expect_same_bits_everywhere<Exp2>();
  expect_same_bits_everywhere<Expm1>();
  expect_same_bits_everywhere<Log>();
  expect_same_bits_everywhere<Log2>();
  expect_same_bits_everywhere<Log10>();
  expect_same_bits_everywhere<Log1p>();
  expect_same_bits_everywhere<Tanh>();
  expect_same_bits_everywhere<Sin>();
  expect_same_bits_everywhere<Cos>();
  expect_same_bits_everywhere<Erf>();
  expect_same_bits_everywhere<NormalCdf>();
  expect_same_bits_everywhere<Gelu>();
  expect_same_bits_everywhere<Sigmoid>();
  expect_same_bits_everywhere<Floor>();
  expect_same_bits_everywhere<Round>();
  expect_same_bits_everywhere<RestBy0point7>();
  expect_same_bits_everywhere<Atan>();
  expect_same_bits_everywhere<PowerOf3>();
  expect_same_bits_everywhere<PowerBy1point7>();
}

struct Swish {  // nothing but forward
  template <class Real> GT_FN static Real forward(Real x) { return x * sigmoid(x); }
};
struct Step {
  template <class Real> GT_FN static Real forward(Real x) { return max(x, Real(0)); }
  template <class Real> GT_FN static auto slope(Real x) { return x > Real(0); }
};
struct Ratio {
  template <class Real> GT_FN static Real forward(Real a, Real b) { return a / b; }
  template <class Real> GT_FN static gt::Slopes<Real, 2> slope(Real a, Real b) { return {Real(1) / b, -a / (b * b)}; }
};

TEST(Duals, DeriveASlopeThatNobodyWrote) {
  using P = gt::Pack<double>;
  const P x[] = {P(0.7)};
  const double s = 1 / (1 + std::exp(-0.7));

  const P slope = gt::slope_of<0>(Swish(), x, P(0.0));

  EXPECT_NEAR(slope.v, s + 0.7 * s * (1 - s), 1e-15);
}

TEST(Duals, NestForSecondDerivatives) {
  using P = gt::Pack<double>;
  using D = gt::Dual<P>;
  const double s = 1 / (1 + std::exp(-0.7)), s1 = s * (1 - s), s2 = s1 * (1 - 2 * s);

  const auto y = Swish::forward(gt::Dual<D>(D(P(0.7), P(1)), D(P(1), P(0))));

  EXPECT_NEAR(y.d.d.v, 2 * s1 + 0.7 * s2, 1e-15);
}

TEST(Duals, SplitTies) {
  using P = gt::Pack<double>;
  using D = gt::Dual<P>;

  EXPECT_EQ(max(D(P(1), P(1)), D(P(1), P(0))).d.v, 0.5);
  EXPECT_EQ(abs(D(P(0), P(1))).d.v, 0);
}

struct Mish {
  template <class Real> GT_FN static Real forward(Real x) { return x * tanh(log(Real(1) + exp(x))); }
};
struct MishByLog1p {
  template <class Real> GT_FN static Real forward(Real x) { return x * tanh(log1p(exp(x))); }
};
struct SwishByExp {
  template <class Real> GT_FN static Real forward(Real x) { return x / (Real(1) + exp(-x)); }
};
template <class Op, class S>
void expect_slope(S at, double wanted) {
  const gt::Pack<S> x[] = {gt::Pack<S>(at)};
  EXPECT_NEAR((gt::slope_of<0>(Op(), x, gt::Pack<S>(S(0))).v), wanted, 1e-6) << at;
}

TEST(Duals, OverflowOfExpLeavesADerivedSlopeItsLimit) {
  expect_slope<Mish>(100.f, 1), expect_slope<Mish>(1000.0, 1), expect_slope<Mish>(-1000.0, 0);
  expect_slope<MishByLog1p>(100.f, 1), expect_slope<MishByLog1p>(1000.0, 1);
  expect_slope<SwishByExp>(-100.f, 0), expect_slope<SwishByExp>(-1000.0, 0), expect_slope<SwishByExp>(1000.0, 1);
}

TEST(Slopes, MayBeMasksThatPickTheGradient) {
  using P = gt::Pack<float>;
  const P taken[] = {P(2.f)}, left[] = {P(-2.f)};

  EXPECT_EQ(chain(P(3.f), gt::slope_of<0>(Step(), taken, P())).v, 3);
  EXPECT_EQ(chain(P(NAN), gt::slope_of<0>(Step(), left, P())).v, 0);
}

TEST(Uses, SayWhatASlopeReads) {
  static_assert(gt::uses_of<Step, 0>() == 1);
  static_assert(gt::uses_of<Ratio, 0>() == 2, "1 / b");
  static_assert(gt::uses_of<Ratio, 1>() == 3, "-a / b²");
}

TEST(Chain, KeepsAGradientOfZero) {
  using P = gt::Pack<double>;

  EXPECT_EQ(chain(P(0.0), P(INFINITY)).v, 0);
  EXPECT_EQ(chain(P(0.0), P(NAN)).v, 0);
  EXPECT_TRUE(std::isnan(chain(P(1.0), P(NAN)).v));
}

}  // namespace
