// One element of a pointwise pass on a device: what all kernels are made of, those compiled at run time too.
#pragma once

#include <gradtape/ops/slope_of.h>

namespace gradtape::cuda {

// What a pass reads: bit k for input k, bit 7 for the result.
template <class Op, int I>
constexpr unsigned reads = [] {
  if constexpr (I < 0) return (1u << inputs_of<Op>)-1;
  else if constexpr (I < 3) return unsigned(uses_of<Op, I>());
  else return unsigned(uses_of<Op, 0>() | uses_of<Op, 1>() | uses_of<Op, 2>());
}();

// One element: x, y and the gradient g to the results. I < 0: forward; I = 3: the gradients of all inputs.
template <class Op, int I, class S>
GT_FN void element(const Op& op, const Pack<S> (&x)[3], Pack<S> y, Pack<S> g, Pack<S> (&out)[3]) {
  if constexpr (I < 0) {
    if constexpr (gives_mask<Op>) out[0] = where(value_of(op, x), Pack<S>(S(1)), Pack<S>(S(0)));
    else out[0] = value_of(op, x);
  } else {
    if constexpr (I == 0 || I == 3) out[0] = chain(g, slope_of<0>(op, x, y));
    if constexpr (I == 1 || I == 3) out[1] = chain(g, slope_of<1>(op, x, y));
    if constexpr (I == 2 || (I == 3 && inputs_of<Op> == 3)) out[2] = chain(g, slope_of<2>(op, x, y));
  }
}

}  // namespace gradtape::cuda
