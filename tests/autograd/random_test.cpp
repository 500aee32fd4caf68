#include <Random123/philox.h>

#include "tests/support/near.h"

namespace {

TEST(Philox, AgreesWithItsReference) {
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const std::uint64_t seed = i * 0x9e3779b97f4a7c15, stream = i * i * 0xd1342543de82ef95,
                        counter = ~i * 0xaf251af3b0f025b5;
    auto low = [](std::uint64_t x) { return static_cast<std::uint32_t>(x); };
    auto high = [](std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); };

    const auto wanted =
        r123::Philox4x32()({{low(counter), high(counter), low(stream), high(stream)}}, {{low(seed), high(seed)}});

    EXPECT_EQ(gt::Philox::block(seed, stream, counter),
              (std::array<std::uint32_t, 4>{wanted[0], wanted[1], wanted[2], wanted[3]}));
  }
}

TEST(Random, DependsOnSeedAndStreamAlone) {
  gt::Generator a(1), b(1), c(2), d(1, 1);

  const auto x = gt::rand({1000}, a), y = gt::rand({1000}, b);

  EXPECT_EQ(x.to_vector<float>(), y.to_vector<float>());
  EXPECT_NE(x.to_vector<float>(), gt::rand({1000}, c).to_vector<float>());
  EXPECT_NE(x.to_vector<float>(), gt::rand({1000}, d).to_vector<float>());
  EXPECT_NE(x.to_vector<float>(), gt::rand({1000}, a).to_vector<float>());
}

TEST(Random, HasTheMomentsOfItsDistribution) {
  gt::Generator numbers(3);
  const std::int64_t n = 200'000;

  const auto u = gt::rand({n}, numbers), z = gt::randn({n}, numbers, {.dtype = gt::float64});

  EXPECT_NEAR(gt::mean(u).item(), 0.5, 0.003);
  EXPECT_GE(gt::amin(u).item(), 0);
  EXPECT_LT(gt::amax(u).item(), 1);
  EXPECT_NEAR(gt::mean(z).item(), 0, 0.01);
  EXPECT_NEAR(gt::std(z).item(), 1, 0.01);
  EXPECT_NEAR(gt::mean(gt::pow(z, 4)).item(), 3, 0.1);
}

TEST(Random, DrawsWholeNumbersEvenly) {
  gt::Generator numbers(4);
  std::vector<int> counts(7);

  for (int i : gt::randint(-3, 4, {70'000}, numbers).to_vector<int>()) ++counts[static_cast<std::size_t>(i + 3)];

  for (int count : counts) EXPECT_NEAR(count, 10'000, 400);
  EXPECT_THROW(gt::randint(2, 2, {1}), gt::ValueError);
}

TEST(Random, PermutationsHoldEachNumberOnce) {
  gt::Generator numbers(5);

  auto order = gt::randperm(1000, numbers).to_vector<int>();

  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

}  // namespace
