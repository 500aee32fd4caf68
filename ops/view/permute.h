// Dimensions in another order: views.
#pragma once

#include <gradtape/ops/free.h>

namespace gradtape {

struct Permute {
  static constexpr auto name = "permute";
  static constexpr bool takes_directions = true;
  Dims order;

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

// Dimension d of the result is dimension order[d] of x. Throws IndexError unless each dimension is named once.
Tensor permute(const Tensor& x, const Dims& order, Location at = Location::current());
// x with two dimensions exchanged.
Tensor transpose(const Tensor& x, int a, int b, Location at = Location::current());
inline Tensor swapaxes(const Tensor& x, int a, int b, Location at = Location::current()) {
  return transpose(x, a, b, at);
}
inline Tensor swapdims(const Tensor& x, int a, int b, Location at = Location::current()) {
  return transpose(x, a, b, at);
}
// Dimension from[i] of x becomes dimension to[i]; the others keep their order. Throws IndexError.
Tensor movedim(const Tensor& x, const Dims& from, const Dims& to, Location at = Location::current());
inline Tensor movedim(const Tensor& x, int from, int to, Location at = Location::current()) {
  return movedim(x, Dims{from}, Dims{to}, at);
}
inline Tensor moveaxis(const Tensor& x, const Dims& from, const Dims& to, Location at = Location::current()) {
  return movedim(x, from, to, at);
}
inline Tensor moveaxis(const Tensor& x, int from, int to, Location at = Location::current()) {
  return movedim(x, from, to, at);
}
// The transpose of a matrix; of fewer dimensions x itself. Throws ShapeError for more.
Tensor t(const Tensor& x, Location at = Location::current());

}  // namespace gradtape
