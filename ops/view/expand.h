// A tensor repeated along dimensions of size 1, as a view; and its adjoint, the sum over what was repeated.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <gradtape/ops/free.h>

namespace gradtape {

struct Expand {
  static constexpr auto name = "expand";
  static constexpr bool takes_directions = true;
  Shape from;

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

// Broadcast to a shape; a size of -1 stays as it is. Throws ShapeError.
Tensor expand(const Tensor& x, const Shape& shape, Location at = Location::current());
inline Tensor broadcast_to(const Tensor& x, const Shape& shape, Location at = Location::current()) {
  return expand(x, shape, at);
}
inline Tensor expand_as(const Tensor& x, const Tensor& other, Location at = Location::current()) {
  return expand(x, other.shape(), at);
}
// All in the shape that they broadcast to. Throws ShapeError.
std::vector<Tensor> broadcast_tensors(std::span<const Tensor> tensors, Location at = Location::current());
inline std::vector<Tensor> broadcast_tensors(std::initializer_list<Tensor> tensors, Location at = Location::current()) {
  return broadcast_tensors(std::span(tensors.begin(), tensors.size()), at);
}

// The coordinates of a grid: of lists [n], [m], … as many tensors [n, m, …], list k along dimension k. With indexing
// "xy" the first two dimensions change places, as a picture's do. Throws ShapeError for what is no list, ValueError for
// other indexings and for no list.
std::vector<Tensor> meshgrid(std::span<const Tensor> lists, std::string_view indexing = "ij",
                             Location at = Location::current());
inline std::vector<Tensor> meshgrid(std::initializer_list<Tensor> lists, std::string_view indexing = "ij",
                                    Location at = Location::current()) {
  return meshgrid(std::span(lists.begin(), lists.size()), indexing, at);
}
// All choices of an element of each list, as the rows of a matrix; the last list's goes fastest.
Tensor cartesian_prod(std::span<const Tensor> lists, Location at = Location::current());
inline Tensor cartesian_prod(std::initializer_list<Tensor> lists, Location at = Location::current()) {
  return cartesian_prod(std::span(lists.begin(), lists.size()), at);
}

// Each part along a dimension `times` times in a row, or each of all elements. Throws ValueError for times < 0.
Tensor repeat_interleave(const Tensor& x, std::int64_t times, std::optional<int> dim = {},
                         Location at = Location::current());
// Part i counts[i] times. counts: integers, one for each part (ShapeError), at least 0 (ValueError); read by the CPU.
Tensor repeat_interleave(const Tensor& x, const Tensor& counts, std::optional<int> dim = {},
                         Location at = Location::current());

// The sum of x over the dimensions in which `shape` was broadcast to x's: x's gradient in the smaller shape.
Tensor sum_to(const Tensor& x, const Shape& shape, Location at = Location::current());
// The same behind `lead` dimensions, which stay.
Tensor sum_to(const Tensor& x, const Shape& shape, int lead, Location at = Location::current());

}  // namespace gradtape
