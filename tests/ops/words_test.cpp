// Every word of formulas, in every reading: numbers, packs, duals, uses, tensors. A reading that lacks a word does not
// compile.
#include <gradtape/ops/cpu/targets.h>
#include <gradtape/ops/formula.h>
#include <gradtape/ops/slope_of.h>

#include "tests/support/near.h"

namespace {

#define GT_SPEAK1(word)                                                               \
  struct word##_word {                                                                \
    static constexpr int inputs = 1;                                                  \
    template <class Real> GT_FN static Real say(const Real* x) { return word(x[0]); } \
  };
#define GT_SPEAK2(word)                                                                     \
  struct word##_word {                                                                      \
    static constexpr int inputs = 2;                                                        \
    template <class Real> GT_FN static Real say(const Real* x) { return word(x[0], x[1]); } \
  };
#define GT_SPEAK3(word)                                                                           \
  struct word##_word {                                                                            \
    static constexpr int inputs = 3;                                                              \
    template <class Real> GT_FN static Real say(const Real* x) { return word(x[0], x[1], x[2]); } \
  };
GT_WORDS(GT_SPEAK1, GT_SPEAK2, GT_SPEAK3)
GT_SPEAK2(chain)

struct operators_word {
  static constexpr int inputs = 2;
  template <class Real> GT_FN static Real say(const Real* x) {
    const Real a = x[0], b = x[1];
    const auto mask = ((a < b) | (a >= b + Real(1))) & !(a == b) & (a != Real(7)) & (a <= Real(9)) & (b > Real(0));
    return where(mask, a * b - Real(0.1) / a, -a) + where(a > b, Real(0.1), Real(3)) * chain(a, b < a) +
           chain(Real(1), a < b) * a;
  }
};

using Number = gt::Pack<double>;
constexpr double points[] = {0.3, 0.7, 0.45};

template <class Real> std::array<Real, 3> at(const std::array<double, 3>& x) {
  return {Real(x[0]), Real(x[1]), Real(x[2])};
}
template <class Word> double value_at(const std::array<double, 3>& x) { return Word::say(at<Number>(x).data()).v; }

template <class Word, class V> void expect_in_every_lane(double tolerance) {
  const auto got = Word::say(at<gt::Pack<V>>({points[0], points[1], points[2]}).data());
  for (int lane = 0; lane < gt::Lanes<V>::count; ++lane)
    EXPECT_NEAR(static_cast<double>(got.v[lane]), value_at<Word>({points[0], points[1], points[2]}), tolerance);
}

// Duals over numbers and over tensors agree with differences, for each input.
template <class Word> void expect_slopes() {
  for (int input = 0; input < Word::inputs; ++input) {
    std::array<gt::Dual<Number>, 3> numbers;
    std::array<gt::Dual<gt::Tensor>, 3> tensors;
    for (int i = 0; i < 3; ++i) {
      numbers[i] = {Number(points[i]), Number(i == input ? 1. : 0.)};
      tensors[i] = {gt::tensor({points[i], points[i]}), gt::Tensor(i == input ? 1. : 0.)};
    }
    std::array<double, 3> up = {points[0], points[1], points[2]}, down = up;
    up[input] += 1e-6;
    down[input] -= 1e-6;
    const auto slope = Word::say(numbers.data()).d.v;
    const gt::Dual<gt::Tensor> recorded = Word::say(tensors.data());

    EXPECT_NEAR(slope, (value_at<Word>(up) - value_at<Word>(down)) / 2e-6, 1e-8) << input;
    EXPECT_THAT(recorded.d * gt::tensor({1.0, 1.0}), near({slope, slope}, 1e-14)) << input;
    EXPECT_THAT(recorded.v, near({value_at<Word>({points[0], points[1], points[2]}),
                                  value_at<Word>({points[0], points[1], points[2]})},
                                 1e-15));
  }
}

// The tape is told of all that is read.
template <class Word> void expect_uses() {
  constexpr gt::Uses inputs[3] = {gt::Uses::From{1}, gt::Uses::From{2}, gt::Uses::From{4}};
  static_assert(gt::Uses(Word::say(inputs)).inputs == (1u << Word::inputs) - 1);
}

// Numbers alone are a number: in full precision, without a device, and of no type when they meet a tensor.
template <class Word> void expect_number() {
  const gt::Tensor got = Word::say(at<gt::Tensor>({points[0], points[1], points[2]}).data());
  EXPECT_TRUE(gt::is_number(got));
  EXPECT_EQ(gt::value_of_number(got), value_at<Word>({points[0], points[1], points[2]}));
  EXPECT_EQ((got * gt::tensor({1.f})).dtype(), gt::float32);
}

template <class Word> void expect_in_every_reading() {
  expect_in_every_lane<Word, gt::Vec<double, 4>>(0);
  expect_in_every_lane<Word, gt::Vec<float, 8>>(1e-6);
  expect_slopes<Word>();
  expect_uses<Word>();
  expect_number<Word>();
}

TEST(Words, EveryReadingHasThemAll){
#define GT_EXPECT_IN_EVERY_READING(word)    \
  {                                         \
    SCOPED_TRACE(#word);                    \
    expect_in_every_reading<word##_word>(); \
  }
    GT_WORDS(GT_EXPECT_IN_EVERY_READING, GT_EXPECT_IN_EVERY_READING, GT_EXPECT_IN_EVERY_READING)
        GT_EXPECT_IN_EVERY_READING(operators) GT_EXPECT_IN_EVERY_READING(chain)}

TEST(Words, NumbersThatAMaskChoseTakeTheTypeOfWhatTheyMeet) {
  for (const gt::DType type : {gt::float32, gt::float64}) {
    const auto x = gt::tensor({-1.0, 2.0}).to(type);

    const gt::Tensor chosen = where(x > 0, gt::Tensor(1.0), where(x < 0, gt::Tensor(0.1), gt::Tensor(0.0)));

    EXPECT_EQ((chosen * x).dtype(), type);
    EXPECT_THAT(exp(chosen) * x, near({-std::exp(0.1), 2 * std::exp(1)}, type == gt::float64 ? 1e-15 : 1e-6));
  }
  EXPECT_EQ(where(gt::tensor({true}), 1.0, 0.1).dtype(), gt::float32);  // what a user asks for is float32
}

TEST(Words, ATensorsFloorOfIntegersIsThemselves) {
  EXPECT_EQ(gt::floor(gt::tensor({3, -4})).dtype(), gt::int32);
  EXPECT_THAT(gt::floor(gt::tensor({1.5, -1.5, 2.0})), near({1, -2, 2}, 0));
}

}  // namespace
