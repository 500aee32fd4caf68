// Places that kernels reckon in 32 bits, here on the CPU.
#include <cstdlib>
#include <vector>

#include <gtest/gtest.h>

#include <gradtape/cuda/strided_index.h>

namespace {

using gradtape::cuda::Places;
using gradtape::cuda::StridedIndex;

TEST(StridedIndex, DividesAsIntegersDo) {
  for (const std::int64_t size :
       {2, 3, 5, 7, 10, 64, 1000, 65535, 65537, (1 << 30) - 1, 1 << 30, INT32_MAX - 1, INT32_MAX}) {
    StridedIndex<1> index;
    index.add(1 << 30, {0});
    index.add(size, {1});
    const std::uint32_t of = static_cast<std::uint32_t>(size);
    index.each_part(
        [&](const Places<1>& places, std::int64_t, auto&) {
          const auto& row = places.dimensions[1];
          for (const std::uint32_t n : {0u, 1u, of - 1, of, of + 1, 2 * of - 1, 0x7fffffffu, 0x7ffffffeu, 0x40000000u})
            if (n <= INT32_MAX) EXPECT_EQ(row.quotient(n), n / of) << n << " / " << of;
          for (std::uint64_t n = of; n <= INT32_MAX; n += 77777777) EXPECT_EQ(row.quotient(std::uint32_t(n)), n / of);
        },
        std::int64_t(1) << 62);
  }
}

// Every element once and in order, whatever fits into a part.
TEST(StridedIndex, PartsReachEveryElementInOrder) {
  const std::int64_t sizes[] = {3, 2, 5, 4}, steps[] = {-400, 7, 50, 3};
  StridedIndex<2> index;
  std::vector<std::int64_t> wanted;
  for (int d = 0; d < 4; ++d) index.add(sizes[d], {steps[d], d == 2 ? 0 : 1000 * d});
  for (std::int64_t i = 0; i < 120; ++i)
    wanted.push_back(i / 40 * steps[0] + i / 20 % 2 * steps[1] + i / 4 % 5 * steps[2] + i % 4 * steps[3]);
  for (const std::int64_t most : {1, 2, 3, 4, 19, 20, 39, 100, 500, 3000, 100000}) {
    std::vector<std::int64_t> found;
    index.each_part(
        [&](const Places<2>& places, std::int64_t begin, const std::int64_t(&at)[2]) {
          EXPECT_EQ(begin, std::int64_t(found.size()));
          for (std::uint32_t i = 0; i < places.count(); ++i) {
            std::int32_t from[2];
            places.find(i, from);
            EXPECT_LE(std::abs(from[0]), most);
            found.push_back(at[0] + from[0]);
          }
        },
        most);
    EXPECT_EQ(found, wanted) << most;
  }
}

TEST(StridedIndex, WhatNeedsMoreThan32BitsIsCut) {
  StridedIndex<1> index;
  index.add(5, {3'000'000'000});
  index.add(1'000'000'000, {2});
  std::int64_t elements = 0, parts = 0;
  index.each_part([&](const Places<1>& places, std::int64_t begin, const std::int64_t(&at)[1]) {
    EXPECT_EQ(begin, elements);
    EXPECT_EQ(at[0], begin / 1'000'000'000 * 3'000'000'000 + begin % 1'000'000'000 * 2);
    elements += places.count();
    ++parts;
  });
  EXPECT_EQ(elements, 5'000'000'000);
  EXPECT_EQ(parts, 5);
}

}  // namespace
