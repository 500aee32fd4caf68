// The distributions of random tensors.
#include "tests/support/even.h"

namespace {

const std::vector<gt::DType> floating{gt::float32, gt::float64, gt::float16, gt::bfloat16};

TEST(Rand, IsEvenInEveryType) {
  gt::Generator numbers(1);
  for (const auto type : floating) {
    SCOPED_TRACE(gt::name_of(type));
    expect_even(counted(256, gt::rand({100'000}, numbers, {.dtype = type}), [](double u) { return u * 256; }));
  }
}

TEST(Randn, IsNormalInEveryType) {
  gt::Generator numbers(2);
  for (const auto type : floating) {
    SCOPED_TRACE(gt::name_of(type));
    const std::int64_t count =
        type == gt::bfloat16 ? 20'000 : 100'000;  // of more, a bin's edge is as coarse as its numbers
    expect_even(counted(20, gt::randn({count}, numbers, {.dtype = type}),
                        [](double z) { return std::min(19.0, 10 * std::erfc(-z / std::sqrt(2.0))); }));
  }
}

TEST(RandLike, DrawsAsForAShapeAndAType) {
  const auto x = gt::zeros({2, 3}, {.dtype = gt::float64});
  gt::manual_seed(5);
  const auto even = gt::rand_like(x), normal = gt::randn_like(x);
  gt::manual_seed(5);
  EXPECT_TRUE(gt::array_equal(even, gt::rand({2, 3}, {.dtype = gt::float64})));
  EXPECT_TRUE(gt::array_equal(normal, gt::randn({2, 3}, {.dtype = gt::float64})));
  EXPECT_EQ(even.dtype(), gt::float64);
  EXPECT_EQ(normal.dtype(), gt::float64);
}

TEST(Randint, IsEvenOverTheWholeRangeOfEveryType) {
  struct Range {
    gt::DType type;
    std::int64_t low, high;
  };
  gt::Generator numbers(3);
  for (const auto& [type, low, high] : {Range{gt::boolean, 0, 2},
                                        {gt::uint8, 0, 256},
                                        {gt::uint8, 7, 10},
                                        {gt::int32, -3, 97},
                                        {gt::int64, -500, 500},
                                        {gt::bfloat16, -256, 257},
                                        {gt::float16, -2048, 2049},
                                        {gt::float32, -5, 6},
                                        {gt::float64, 0, 1000}}) {
    SCOPED_TRACE(std::string(gt::name_of(type)) + " from " + std::to_string(low) + " to " + std::to_string(high));
    const auto x = gt::randint(low, high, {100'000}, numbers, {.dtype = type});
    expect_even(counted(static_cast<std::size_t>(high - low), x,
                        [low = low](double i) { return i - static_cast<double>(low); }));
  }
}

TEST(Randint, IsEvenOverRangesBeyondInt64) {
  gt::Generator numbers(4);
  std::vector<std::int64_t> sixteenths(16), thirds(3);

  for (const auto i : gt::randint(INT64_MIN, INT64_MAX, {100'000}, numbers).to_vector<std::int64_t>())
    ++sixteenths[static_cast<std::size_t>((i >> 60) + 8)];
  const std::int64_t third = std::int64_t(1) << 61;
  for (const auto i : gt::randint(0, 3 * third, {100'000}, numbers).to_vector<std::int64_t>())
    ++thirds[static_cast<std::size_t>(i / third)];

  expect_even(sixteenths);
  expect_even(thirds);
  EXPECT_EQ(gt::randint(INT64_MIN, INT64_MIN + 1, {1}).item<std::int64_t>(), INT64_MIN);
  EXPECT_EQ(gt::randint(INT64_MAX - 1, INT64_MAX, {1}).item<std::int64_t>(), INT64_MAX - 1);
}

TEST(Randint, RefusesABoundThatTheTypeCannotHold) {
  EXPECT_ERROR(ValueError, gt::randint(0, 4095, {2}, {.dtype = gt::bfloat16}),
               "randint: bfloat16 cannot hold all whole numbers up to 4094\n  Draw as int64, and convert.");
  EXPECT_ERROR(ValueError, gt::randint(-3, 3, {2}, {.dtype = gt::uint8}),
               "randint: uint8 cannot hold all whole numbers up to -3\n  Draw as int64, and convert.");
  EXPECT_THROW(gt::randint(0, 300, {2}, {.dtype = gt::uint8}), gt::ValueError);
  EXPECT_THROW(gt::randint(0, 3, {2}, {.dtype = gt::boolean}), gt::ValueError);
  EXPECT_THROW(gt::randint(0, std::int64_t(1) << 32, {2}, {.dtype = gt::int32}), gt::ValueError);
  EXPECT_THROW(gt::randint(0, 2050, {2}, {.dtype = gt::float16}), gt::ValueError);
  EXPECT_THROW(gt::randint(0, (1 << 24) + 2, {2}, {.dtype = gt::float32}), gt::ValueError);
  EXPECT_NO_THROW(gt::randint(0, (1 << 24) + 1, {2}, {.dtype = gt::float32}));
}

TEST(Randperm, HasEveryOrderAsOften) {
  gt::Generator numbers(5);
  std::vector<std::int64_t> counts(24);
  for (int i = 0; i < 24'000; ++i) {
    const auto order = gt::randperm(4, numbers).to_vector<int>();
    std::size_t number = 0;
    for (std::size_t a = 0; a < 4; ++a)
      number =
          number * (4 - a) + static_cast<std::size_t>(std::count_if(order.begin() + static_cast<int>(a), order.end(),
                                                                    [&](int b) { return b < order[a]; }));
    ++counts[number];
  }
  expect_even(counts);
}

}  // namespace
