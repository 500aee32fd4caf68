// Where numbers belong among sorted ones.
#pragma once

#include <gradtape/ops/free.h>
#include <gradtape/ops/index/ordered_bits.h>

namespace gradtape {

struct SearchSorted {
  static constexpr auto name = "searchsorted";

  static void backward(Backward&) {}
  static std::vector<Example> examples();
};

// How many elements of a sorted row lie below each value, or not above it when `right`: int64, of the values' shape.
// sorted: [columns], for all values, or [leading…, columns] for values [leading…, count], each row for its own. In
// order as sort() leaves them: NaN is above all. Throws ShapeError.
Tensor searchsorted(const Tensor& sorted, const Tensor& values, bool right = false, Location at = Location::current());
// Which of the buckets between the boundaries [count], which are sorted, holds each value; one that is a boundary is in
// the bucket below it, or above it when `right`.
Tensor bucketize(const Tensor& x, const Tensor& boundaries, bool right = false, Location at = Location::current());
// Is the element equal to one of the others? bool, of x's shape; NaN is equal to none.
Tensor isin(const Tensor& x, const Tensor& others, Location at = Location::current());

// Writes places [rows, values], reads sorted [rows, columns] and values.
struct SearchSettings {
  std::int64_t columns, values;
  bool right;
};
// Several values at once, in step: each waits for memory at every probe. Without a branch, which would be guessed wrong
// at half of them.
template <int count, class T>
GT_FN void places_among(const T* row, std::int64_t columns, const T* values, bool right, std::int64_t* places) {
  OrderedBits<T> keys[count] = {};
  std::int64_t first[count] = {};
  for (int k = 0; k < count; ++k) keys[k] = ordered_bits(values[k]);
  for (std::int64_t left = columns; left > 0; left /= 2) {
    const std::int64_t half = (left + 1) / 2;
    for (int k = 0; k < count; ++k) {
      const auto middle = ordered_bits(row[first[k] + half - 1]);
      first[k] += half & -std::int64_t((middle < keys[k]) | (right & (middle == keys[k])));
    }
  }
  for (int k = 0; k < count; ++k) places[k] = first[k];
}
void searchsorted_on_cuda(const Launch& work);

}  // namespace gradtape
