// A tensor in parts.
#include "tests/support/near.h"

namespace {

TEST(Split, GivesViewsWhoseGradientsComeBackTogether) {
  const auto x = gt::reshape(gt::arange(0, 10, 1, {.dtype = gt::float64}), {5, 2}).requires_grad_();
  gt::Tape tape;
  const auto parts = gt::split(x, 2);
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_THAT(parts[1], near({4, 5, 6, 7}));
  EXPECT_EQ(parts[2].shape(), (gt::Shape{1, 2}));
  EXPECT_THAT(gt::grad(gt::sum(parts[2] * parts[2]), x), near({0, 0, 0, 0, 0, 0, 0, 0, 16, 18}));
  EXPECT_EQ(gt::unbind(x, 1).size(), 2u);
  EXPECT_THAT(gt::unbind(x, 1)[1], near({1, 3, 5, 7, 9}));
  EXPECT_THROW(gt::split(x, {2, 2}), gt::ShapeError);
  EXPECT_THROW(gt::split(x, {4, 2, -1}), gt::ShapeError);
  EXPECT_THROW(gt::split(x, 0), gt::ValueError);
  EXPECT_THROW(gt::unbind(gt::scalar(1.0)), gt::IndexError);
}

TEST(Chunk, GivesAtMostSoManyPartsAllButTheLastOfOneSize) {
  const auto sizes = [](std::int64_t length, std::int64_t chunks) {
    std::vector<std::int64_t> all;
    for (const auto& part : gt::chunk(gt::zeros({2, length}), chunks, -1)) all.push_back(part.size(1));
    return all;
  };
  using Sizes = std::vector<std::int64_t>;
  // As torch.chunk gives them.
  EXPECT_EQ(sizes(10, 3), (Sizes{4, 4, 2}));
  EXPECT_EQ(sizes(9, 4), (Sizes{3, 3, 3}));
  EXPECT_EQ(sizes(2, 5), (Sizes{1, 1}));
  EXPECT_EQ(sizes(0, 3), (Sizes{0, 0, 0}));
  EXPECT_THROW(sizes(4, 0), gt::ValueError);

  const auto x = gt::tensor({1.f, 2.f, 3.f}).requires_grad_();
  gt::Tape tape;
  EXPECT_THAT(gt::grad(gt::sum(gt::chunk(x, 2)[0] * 5), x), near({5, 5, 0}));
}

}  // namespace
