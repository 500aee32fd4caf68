// Sizes and strides, kept inline: at most 8 dimensions.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>

namespace gradtape {

inline constexpr int max_rank = 8;

// Up to 8 numbers, one for each dimension. Those beyond the rank stay unwritten: filling them costs more than most ops.
class Dims {
 public:
  Dims() {}  // NOLINT(modernize-use-equals-default): `= default` would zero the sizes
  Dims(std::initializer_list<std::int64_t> list) : Dims(std::span(list.begin(), list.size())) {}
  // Throws ShapeError for more than 8 numbers.
  explicit Dims(std::span<const std::int64_t> list);

  int rank() const { return rank_; }
  int size() const { return rank_; }
  std::int64_t& operator[](int i) { return at_[i]; }
  std::int64_t operator[](int i) const { return at_[i]; }
  const std::int64_t* begin() const { return at_; }
  const std::int64_t* end() const { return at_ + rank_; }

  void push_back(std::int64_t number);                 // throws ShapeError beyond 8
  void insert(int dim, std::int64_t number);           // before `dim`
  void erase(int dim);
  bool operator==(const Dims& other) const {
    if (rank_ != other.rank_) return false;
    for (int i = 0; i < rank_; ++i)
      if (at_[i] != other.at_[i]) return false;
    return true;
  }

 private:
  int rank_ = 0;
  std::int64_t at_[max_rank];
};

using Shape = Dims;
using Strides = Dims;

// How many elements a tensor of this shape has: 1 for the shape of a number, at most INT64_MAX.
inline std::int64_t count_of(const Shape& shape) {
  std::int64_t total = 1;
  bool beyond = false, none = false;
  for (auto size : shape) {
    beyond |= __builtin_mul_overflow(total, size, &total);
    none |= size == 0;
  }
  return none ? 0 : beyond ? INT64_MAX : total;
}

// The strides of a dense row-major tensor, in elements.
Strides dense_strides(const Shape& shape);

}  // namespace gradtape
