// Dimensions as users name them, and the order that puts reduced ones together.
#pragma once

#include <gradtape/autograd/tensor.h>

namespace gradtape {

// Dimensions as an argument: none, which means all of them, one, or several in a list, an array, a vector, a span or
// Dims. Negative numbers count from the last.
class Axes {
 public:
  Axes() {}  // NOLINT(modernize-use-equals-default): as in Dims
  template <class Int>
    requires(std::is_integral_v<Int> && sizeof(Int) >= sizeof(int))  // neither true nor a letter
  Axes(Int dim) : count_(1), dims_{static_cast<int>(dim)} {}
  Axes(std::initializer_list<int> dims) { take(std::span(dims.begin(), dims.size())); }
  template <class List>
    requires std::is_convertible_v<const List&, std::span<const int>>
  Axes(const List& dims) {
    take(std::span<const int>(dims));
  }
  template <class List>
    requires std::is_convertible_v<const List&, std::span<const std::int64_t>>
  Axes(const List& dims) {
    take(std::span<const std::int64_t>(dims));
  }

  const int* begin() const { return dims_; }
  const int* end() const { return dims_ + count_; }
  std::size_t size() const { return count_; }

 private:
  // Of more dimensions than a tensor has, one is not there or is named twice: so many are enough to find it.
  static constexpr std::size_t most = max_rank + 1;

  template <class Int>
  void take(std::span<const Int> dims) {
    for (; count_ < dims.size() && count_ < most; ++count_) dims_[count_] = static_cast<int>(dims[count_]);
  }

  std::size_t count_ = 0;
  int dims_[most];
};

// 0 ≤ dim < rank, from a dim that may count from the last (a 0-dimensional tensor takes 0 and -1). Throws IndexError.
int checked_dim(const char* op, const Tensor& x, int dim, Location at);
// The same of a tensor that is cut along it, which a number cannot be.
int dim_of_parts(const char* op, const Tensor& x, int dim, Location at);
// The same of several, each of which may be named once.
Dims checked_dims(const char* op, const Tensor& x, const Dims& dims, Location at);

// Bit d is set where dimension d is named, all where none is. Throws IndexError for one that is not there or named
// twice.
unsigned mask_of(const char* op, const Tensor& x, std::span<const int> dims, Location at);

// The order that brings dimensions back from another.
Dims inverse(const Dims& order);
// The same order of dimensions that come behind `lead` others, which stay in front.
Dims order_behind(int lead, const Dims& order);

// x with dimension `from` moved to the place `to`; a view.
Tensor move_dim(const Tensor& x, int from, int to, Location at);

}  // namespace gradtape
