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
// Joined along a new dimension.
Tensor stack(std::span<const Tensor> parts, int dim = 0, Location at = Location::current());
inline Tensor stack(std::initializer_list<Tensor> parts, int dim = 0, Location at = Location::current()) {
  return stack(std::span(parts.begin(), parts.size()), dim, at);
}

}  // namespace gradtape
