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
template <class T>
GT_FN std::int64_t place_among(const T* row, std::int64_t columns, T value, bool right) {
  const auto key = ordered_bits(value);
  std::int64_t first = 0;
  while (columns > 0) {
    const std::int64_t half = columns / 2;
    const auto middle = ordered_bits(row[first + half]);
    const bool before = right ? middle <= key : middle < key;
    first = before ? first + half + 1 : first;
    columns = before ? columns - half - 1 : half;
  }
  return first;
}
void searchsorted_on_cuda(const Launch& work);

}  // namespace gradtape
