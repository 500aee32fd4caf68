// Whether draws are even, by Pearson's χ² test.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/support/near.h"

// A draw of each bin is as likely. χ² of so many bins has mean bins - 1 and variance 2 (bins - 1).
inline void expect_even(const std::vector<std::int64_t>& counts) {
  double total = 0, squares = 0;
  for (const auto count : counts) total += static_cast<double>(count);
  const double each = total / static_cast<double>(counts.size()), freedom = static_cast<double>(counts.size()) - 1;
  for (const auto count : counts)
    squares += (static_cast<double>(count) - each) * (static_cast<double>(count) - each) / each;
  EXPECT_GE(each, 5);
  EXPECT_LT(squares, freedom + 5 * std::sqrt(2 * freedom) + 5);
  EXPECT_GT(squares, freedom - 5 * std::sqrt(2 * freedom) - 5);
}
template <class BinOf> std::vector<std::int64_t> counted(std::size_t bins, const gt::Tensor& x, BinOf bin_of) {
  std::vector<std::int64_t> counts(bins);
  for (const double number : x.to_vector<double>()) ++counts.at(static_cast<std::size_t>(bin_of(number)));
  return counts;
}
