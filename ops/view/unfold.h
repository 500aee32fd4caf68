// Windows along a dimension.
#pragma once

#include <gradtape/ops/free.h>

namespace gradtape {

struct Unfold {
  static constexpr auto name = "unfold";
  static constexpr bool takes_directions = true;
  int dim;
  std::int64_t size, step, whole;  // `whole`: of the whole dimension

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

// Each window of `size` elements along a dimension, a window every `step` elements, as the last dimension of a view; in
// the dimension's place stands the window's number. Windows overlap where step < size. Throws ValueError unless size is
// 0 up to the dimension's and step > 0.
Tensor unfold(const Tensor& x, int dim, std::int64_t size, std::int64_t step, Location at = Location::current());

}  // namespace gradtape
