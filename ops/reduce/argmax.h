// Where the largest stands: an int64 place along one dimension, or in the flattened tensor. The first of equals. No
// gradient flows.
#pragma once

#include <gradtape/ops/reduce.h>

namespace gradtape {

struct Argmax {
  static constexpr auto name = "argmax";
  static constexpr auto samples = between(-2, 2);
  static constexpr bool integers = true;

  template <class Row>
  GT_FN static std::int64_t forward(const Row& x) {
    return x.index_of(x.max());
  }
};

// Over all elements in row-major order.
inline Tensor argmax(const Tensor& x, Location at = Location::current()) { return reduce(Argmax{}, x, {}, false, at); }
inline Tensor argmax(const Tensor& x, int dim, bool keepdim = false, Location at = Location::current()) {
  return reduce(Argmax{}, x, std::span(&dim, 1), keepdim, at);
}

}  // namespace gradtape
