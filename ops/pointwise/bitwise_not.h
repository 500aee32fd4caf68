// The bits that an integer has not; of a bool, is it false? No gradient flows.
#pragma once

#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/pointwise/logical_not.h>

namespace gradtape {

struct BitwiseNot {
  static constexpr auto name = "bitwise_not";
  static constexpr auto samples = between(-50, 50);
  static constexpr auto only_integers = "Use gt::logical_not(x), which asks whether numbers are 0.";

  template <class Real>
  GT_FN static Real forward(Real x) {
    return ~x;
  }
};

inline Tensor bitwise_not(const Tensor& x, Location at = Location::current()) {
  return x.defined() && x.dtype() == DType::boolean ? logical_not(x, at) : pointwise(BitwiseNot{}, at, x);
}
inline Tensor operator~(const Operand& x) { return bitwise_not(x.tensor, x.at); }

}  // namespace gradtape
