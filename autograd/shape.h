// Sizes and strides, kept inline: at most 8 dimensions.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace gradtape {

inline constexpr int max_rank = 8;

// Up to 8 numbers, one for each dimension. Those beyond the rank stay unwritten: filling them costs more than most ops.
class Dims {
 public:
  Dims() {}  // NOLINT(modernize-use-equals-default): `= default` would zero the sizes
  Dims(std::initializer_list<std::int64_t> list) : Dims(std::span(list.begin(), list.size())) {}
  // One number, which is neither true nor a letter.
  template <std::integral Int>
    requires(sizeof(Int) >= sizeof(int))
  Dims(Int number) : Dims({static_cast<std::int64_t>(number)}) {}
  // Throw ShapeError for more than 8 numbers.
  explicit Dims(std::span<const std::int64_t> list);
  Dims(std::span<const int> list);

  int rank() const { return rank_; }
  int size() const { return rank_; }
  std::int64_t& operator[](int i) { return at_[i]; }
  std::int64_t operator[](int i) const { return at_[i]; }
  const std::int64_t* begin() const { return at_; }
  const std::int64_t* end() const { return at_ + rank_; }

  // Takes the numbers of `other`. Most have few, and then those beyond are left out.
  void take(const Dims& other) {
    constexpr int few = 3;
    if (other.rank_ <= few) [[likely]]
      __builtin_memcpy(this, &other, offsetof(Dims, at_) + few * sizeof(std::int64_t));
    else *this = other;
  }
  void push_back(std::int64_t number);  // throws ShapeError beyond 8
  void insert(int dim, std::int64_t number);  // before `dim`
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

// The dimensions of both, one behind the other. Throws ShapeError beyond 8.
Shape joined(const Shape& a, const Shape& b);
// Are the last dimensions those of `tail`? The others lead.
bool ends_in(const Shape& shape, const Shape& tail);

// The product of two sizes or strides, at most INT64_MAX. Sizes of a tensor without elements may have any product.
constexpr std::int64_t product_of(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? INT64_MAX : product;
}

// How many elements a tensor of this shape has: 1 for the shape of a number, at most INT64_MAX.
inline std::int64_t count_of(const Shape& shape) {
  std::int64_t total = 1;
  for (auto size : shape) total = product_of(total, size);
  return total;
}

// More elements than these are in no tensor, so that bytes can be counted too.
inline constexpr std::int64_t most_elements = INT64_MAX >> 4;

// The strides of a dense row-major tensor, in elements.
Strides dense_strides(const Shape& shape);
// Do the elements lie so? Sizes of 1 may have any stride, and without elements all may.
bool are_dense(const Shape& shape, const Strides& strides);

// "[64, 784]"
std::string to_string(const Shape& shape);

}  // namespace gradtape
