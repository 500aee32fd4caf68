#include "tests/support/near.h"

namespace {

TEST(Linear, OfOneShapeStartApart) {
  const gt::Linear first(3, 2), second(3, 2);

  EXPECT_NE(first.weight.to_vector<float>(), second.weight.to_vector<float>());
  EXPECT_NE(first.bias.to_vector<float>(), second.bias.to_vector<float>());
}

TEST(Linear, StartsFromWhatManualSeedSaid) {
  auto weights = [](std::uint64_t seed) {
    gt::manual_seed(seed);
    gt::Linear layer(30, 20);
    EXPECT_LE(gt::amax(gt::abs(layer.weight)).item(), 1 / std::sqrt(30.0));
    return layer.weight.to_vector<float>();
  };

  EXPECT_EQ(weights(1), weights(1));
  EXPECT_NE(weights(1), weights(2));
}

TEST(Linear, OfOneSeedStartsTheSameAndDrawsNothing) {
  gt::manual_seed(4);
  const auto wanted = gt::rand({2}).to_vector<float>();
  gt::manual_seed(4);

  const gt::Linear first(3, 2, {.seed = 0}), second(3, 2, {.seed = 0});

  EXPECT_EQ(first.weight.to_vector<float>(), second.weight.to_vector<float>());
  EXPECT_EQ(gt::rand({2}).to_vector<float>(), wanted);
}

// Made before main() runs: the generator that they draw from must be there.
const gt::Linear before_main(4, 4);

TEST(Linear, CanBeAGlobal) { EXPECT_GT(gt::amax(gt::abs(before_main.weight)).item(), 0); }

}  // namespace
