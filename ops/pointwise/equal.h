// Is a equal to b? A bool tensor; no gradient flows.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

struct Equal {
  static constexpr auto name = "equal";
  static constexpr auto samples = between(-4, 4);
  static constexpr bool integers = true;

  template <class Real>
  GT_FN static auto forward(Real a, Real b) {
    return a == b;
  }
};

inline Tensor equal(const Operand& a, const Operand& b) { return pointwise(Equal{}, a.at, a.tensor, b.tensor); }
inline Tensor eq(const Operand& a, const Operand& b) { return equal(a, b); }
inline Tensor operator==(const Operand& a, const Operand& b) { return pointwise(Equal{}, a.at, a.tensor, b.tensor); }

// Have two tensors one shape and the same numbers, whatever their types are? libtorch's equal(). A NaN is equal to
// none.
bool array_equal(const Tensor& a, const Tensor& b, Location at = Location::current());

}  // namespace gradtape
