// What ops make of integers and bools.
#include "tests/support/near.h"

namespace {

using testing::ElementsAre;

TEST(Integers, ToThePowerOfIntegersAreIntegers) {
  const auto x = gt::tensor({std::int64_t(-3), std::int64_t(0), std::int64_t(3), std::int64_t(10)});

  EXPECT_THAT(gt::pow(x, gt::tensor({std::int64_t(39), std::int64_t(0), std::int64_t(38), std::int64_t(18)}))
                  .to_vector<std::int64_t>(),
              ElementsAre(-4052555153018976267, 1, 1350851717672992089, 1'000'000'000'000'000'000));
  EXPECT_EQ(gt::pow(x, 2).dtype(), gt::int64);
  EXPECT_THAT(gt::pow(x, 3).to_vector<std::int64_t>(), ElementsAre(-27, 0, 27, 1000));
  EXPECT_THAT(gt::pow(2, gt::tensor({0, 1, 30})).to_vector<int>(), ElementsAre(1, 2, 1 << 30));
  EXPECT_EQ(gt::pow(2, gt::tensor({0, 1, 30})).dtype(), gt::int32);
  EXPECT_EQ(gt::pow(gt::tensor({3}), 41).item<int>(), 2069870691);  // 3⁴¹ modulo 2³²
  EXPECT_EQ(gt::pow(x, 0.5).dtype(), gt::float32);
  EXPECT_EQ(gt::pow(2.0, x).dtype(), gt::float32);
  EXPECT_EQ(gt::pow(gt::tensor({2.0}), gt::tensor({-2})).item(), 0.25);
}

TEST(Integers, ToANegativePowerAreRefused) {
  const auto x = gt::tensor({2, 3});

  EXPECT_ERROR(ValueError, gt::pow(x, -1),
               "pow: an integer to the power -1, at position 0, is no integer\n  exponents  []  int64  cpu\n  Make the "
               "base floating: x.to(gt::float32).");
  EXPECT_ERROR(ValueError, gt::pow(2, gt::tensor({3, -4})),
               "pow: an integer to the power -4, at position 1, is no integer\n  exponents  [2]  int32  cpu\n  Make "
               "the base floating: x.to(gt::float32).");
}

TEST(Integers, HaveMomentsInFloat64ThenRounded) {
  const int many = 1 << 24;
  const auto x = gt::tensor({many, many + 1, many + 2});

  for (const auto type : {gt::int32, gt::int64}) {
    EXPECT_EQ(gt::var(x.to(type)).item(), 1);
    EXPECT_EQ(gt::std(x.to(type)).item(), 1);
    EXPECT_EQ(gt::var(gt::stack({x, x}, 1).to(type), {0}).to_vector<double>(), (std::vector<double>{1, 1}));
    EXPECT_EQ(gt::mean(x.to(type) - many).item(), 1);
    EXPECT_EQ(gt::mean(gt::tensor({many + 1, many + 3}).to(type)).item(), many + 2);
    EXPECT_EQ(gt::mean(x.to(type)).dtype(), gt::float32);
  }
  EXPECT_EQ(gt::var(gt::tensor({true, false})).item(), 0.5);
  EXPECT_THAT(gt::softmax(gt::tensor({many, many + 1})), near({1 / (1 + std::exp(1.0)), 1 / (1 + std::exp(-1.0))}));
  EXPECT_EQ(gt::softmax(x).dtype(), gt::float32);
}

TEST(Bools, HaveNoMinus) {
  auto a = gt::tensor({true, false});
  const auto b = gt::tensor({true, true});

  EXPECT_ERROR(DTypeError, -a,
               "negate: takes no bool\n  tensor  [2]  bool  cpu\n  Use gt::logical_not(x), or a ^ b where two differ.");
  EXPECT_ERROR(DTypeError, a - b,
               "subtract: takes no bool\n  left  [2]  bool  cpu\n  Use gt::logical_not(x), or a ^ b where two differ.");
  EXPECT_THROW(gt::negate(a), gt::DTypeError);
  EXPECT_THROW(gt::subtract(a, b), gt::DTypeError);
  EXPECT_THROW(a -= b, gt::DTypeError);
  EXPECT_THAT((a ^ b).to_vector<bool>(), ElementsAre(false, true));
  EXPECT_THAT((a - 1).to_vector<int>(), ElementsAre(0, -1));
  EXPECT_THAT((1 - a).to_vector<int>(), ElementsAre(0, 1));
}

}  // namespace
