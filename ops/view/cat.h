// Tensors joined along a dimension.
#pragma once

#include <gradtape/ops/free.h>

namespace gradtape {

struct Cat {
  static constexpr auto name = "cat";
  static constexpr bool takes_directions = true;
  int dim, count;
  std::int64_t sizes[64];  // of each input along the dimension

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

// Joined along a dimension that is there; the others must agree (ShapeError). Types are promoted.
Tensor cat(std::span<const Tensor> parts, int dim = 0, Location at = Location::current());
inline Tensor cat(std::initializer_list<Tensor> parts, int dim = 0, Location at = Location::current()) {
  return cat(std::span(parts.begin(), parts.size()), dim, at);
}
inline Tensor concat(std::span<const Tensor> parts, int dim = 0, Location at = Location::current()) {
  return cat(parts, dim, at);
}
inline Tensor concat(std::initializer_list<Tensor> parts, int dim = 0, Location at = Location::current()) {
  return cat(parts, dim, at);
}
inline Tensor concatenate(std::span<const Tensor> parts, int dim = 0, Location at = Location::current()) {
  return cat(parts, dim, at);
}
inline Tensor concatenate(std::initializer_list<Tensor> parts, int dim = 0, Location at = Location::current()) {
  return cat(parts, dim, at);
}
// Joined along a new dimension.
Tensor stack(std::span<const Tensor> parts, int dim = 0, Location at = Location::current());
inline Tensor stack(std::initializer_list<Tensor> parts, int dim = 0, Location at = Location::current()) {
  return stack(std::span(parts.begin(), parts.size()), dim, at);
}
// Side by side: along dimension 1, and lists behind one another.
Tensor hstack(std::span<const Tensor> parts, Location at = Location::current());
inline Tensor hstack(std::initializer_list<Tensor> parts, Location at = Location::current()) {
  return hstack(std::span(parts.begin(), parts.size()), at);
}
// Below one another: along dimension 0, a list being a row.
Tensor vstack(std::span<const Tensor> parts, Location at = Location::current());
inline Tensor vstack(std::initializer_list<Tensor> parts, Location at = Location::current()) {
  return vstack(std::span(parts.begin(), parts.size()), at);
}
// Behind one another: along dimension 2, as atleast_3d gives it.
Tensor dstack(std::span<const Tensor> parts, Location at = Location::current());
inline Tensor dstack(std::initializer_list<Tensor> parts, Location at = Location::current()) {
  return dstack(std::span(parts.begin(), parts.size()), at);
}
// As the columns of a matrix: along dimension 1, a list being a column.
Tensor column_stack(std::span<const Tensor> parts, Location at = Location::current());
inline Tensor column_stack(std::initializer_list<Tensor> parts, Location at = Location::current()) {
  return column_stack(std::span(parts.begin(), parts.size()), at);
}

}  // namespace gradtape
