// Parts of a tensor by integers, slices, masks and index tensors, as NumPy's x[…] and torch::indexing name them.
#pragma once

#include <concepts>
#include <initializer_list>
#include <optional>
#include <span>

#include <gradtape/autograd/tensor.h>

namespace gradtape {
namespace indexing {

// A new dimension of size 1; in a Slice, what is left open.
inline constexpr std::nullopt_t None = std::nullopt;
// All dimensions that the other indices do not name.
struct EllipsisIndex {};
inline constexpr EllipsisIndex Ellipsis;
// Elements start, start + step, … before stop. As in NumPy, negative numbers count from the end and what lies outside
// is cut; the step is positive.
struct Slice {
  Slice(std::optional<std::int64_t> start = {}, std::optional<std::int64_t> stop = {},
        std::optional<std::int64_t> step = {})
      : start(start.value_or(0)), stop(stop.value_or(INT64_MAX)), step(step.value_or(1)) {}
  std::int64_t start, stop, step;
};

// What stands between the brackets, and the line it stands on: an integer, of which negative ones count from the end;
// None, Ellipsis, a Slice; a tensor of integers, or a bool one as a mask over as many dimensions as it has; true or
// false, a mask over none.
class TensorIndex {
 public:
  enum class Kind : std::uint8_t { integer, none, ellipsis, slice, boolean, tensor };

  template <std::integral I>
  TensorIndex(I integer, Location at = Location::current())
      : kind_(std::same_as<I, bool> ? Kind::boolean : Kind::integer),
        slice_(static_cast<std::int64_t>(integer)),
        at_(at) {}
  TensorIndex(std::nullopt_t, Location at = Location::current()) : kind_(Kind::none), at_(at) {}
  TensorIndex(EllipsisIndex, Location at = Location::current()) : kind_(Kind::ellipsis), at_(at) {}
  TensorIndex(Slice slice, Location at = Location::current()) : kind_(Kind::slice), slice_(slice), at_(at) {}
  TensorIndex(Tensor tensor, Location at = Location::current())
      : kind_(Kind::tensor), tensor_(std::move(tensor)), at_(at) {}

  Kind kind() const { return kind_; }
  std::int64_t integer() const { return slice_.start; }  // 0 or 1 for a bool
  const Slice& slice() const { return slice_; }
  const Tensor& tensor() const { return tensor_; }
  Location where() const { return at_; }

 private:
  Kind kind_;
  Slice slice_;
  Tensor tensor_;
  Location at_;
};

using Indices = std::span<const TensorIndex>;
using IndexList = std::initializer_list<TensorIndex>;

}  // namespace indexing

// x[…]. Integers, slices, None and Ellipsis give a view; index tensors, which broadcast together, and masks a copy. The
// dimensions of what they give stand where they stand; first, where something stands between them. Beside index tensors
// an integer counts as one, as in NumPy. A mask is counted: not inside a captured step. Throws IndexError naming the
// first index out of range, ShapeError, DTypeError, ValueError for a step that is not positive.
Tensor index(const Tensor& x, indexing::Indices indices, Location at = Location::current());

// x with `values` at x[indices], or added to what is there. They broadcast to what is indexed, and have x's type. Of
// several for one place the last stays, which alone gets the gradient; sums have the same bits every time. One number
// at a mask needs no count. Throws as index() does.
Tensor index_put(const Tensor& x, indexing::Indices indices, const Tensor& values, bool accumulate = false,
                 Location at = Location::current());
Tensor index_put(const Tensor& x, indexing::Indices indices, Number value, bool accumulate = false,
                 Location at = Location::current());
inline Tensor index_put(const Tensor& x, indexing::IndexList indices, const Tensor& values, bool accumulate = false,
                        Location at = Location::current()) {
  return index_put(x, indexing::Indices(indices.begin(), indices.size()), values, accumulate, at);
}
inline Tensor index_put(const Tensor& x, indexing::IndexList indices, Number value, bool accumulate = false,
                        Location at = Location::current()) {
  return index_put(x, indexing::Indices(indices.begin(), indices.size()), value, accumulate, at);
}
// The same in place: see Tensor::index_put_.
void write_at(const Tensor& x, indexing::Indices indices, const Tensor& values, bool accumulate, Location at);
void write_at(const Tensor& x, indexing::Indices indices, Number value, bool accumulate, Location at);

// The elements of x laid flat, by their numbers, which may count from the end: of the shape of `indices`.
Tensor take(const Tensor& x, const Tensor& indices, Location at = Location::current());

inline Tensor Tensor::index(std::span<const indexing::TensorIndex> indices, Location at) const {
  return gradtape::index(*this, indices, at);
}
inline Tensor Tensor::index(std::initializer_list<indexing::TensorIndex> indices, Location at) const {
  return gradtape::index(*this, {indices.begin(), indices.size()}, at);
}
inline Tensor Tensor::operator[](std::initializer_list<indexing::TensorIndex> indices) const {
  return index(indices, indices.size() ? indices.begin()->where() : Location{});
}
inline Tensor Tensor::operator[](const indexing::TensorIndex& one) const {
  return index(std::span(&one, 1), one.where());
}
inline Tensor& Tensor::index_put_(std::initializer_list<indexing::TensorIndex> indices, const Tensor& values,
                                  bool accumulate, Location at) {
  write_at(*this, {indices.begin(), indices.size()}, values, accumulate, at);
  return *this;
}
inline Tensor& Tensor::index_put_(std::initializer_list<indexing::TensorIndex> indices, Number value, bool accumulate,
                                  Location at) {
  write_at(*this, {indices.begin(), indices.size()}, value, accumulate, at);
  return *this;
}

}  // namespace gradtape
