// Finds an op's slope: as written, from the output, or derived from forward.
#pragma once

#include <gradtape/ops/dual.h>
#include <gradtape/ops/math.h>

namespace gradtape {

using Probe = Pack<float>;
// How many numbers forward takes; 0 where it cannot be called.
template <class Op> consteval int inputs_taken() {
  if constexpr (requires(Op& op, Uses x) { op.forward(x); }) return 1;
  else if constexpr (requires(Op& op, Uses x) { op.forward(x, x); }) return 2;
  else if constexpr (requires(Op& op, Uses x) { op.forward(x, x, x); }) return 3;
  else if constexpr (requires(Op& op, Uses x) { op.forward(x, x, x, x); }) return 4;
  else return 0;
}
template <class Op> constexpr int inputs_of = inputs_taken<const Op>();
template <class Op>
concept KeepsOutput = requires(const Op& op, Probe y) { op.slope_from_output(y); };
template <class Op>
concept WritesSlope = requires(const Op& op, Probe x) { op.slope(x); } || requires(const Op& op, Probe x) {
  op.slope(x, x);
} || requires(const Op& op, Probe x) { op.slope(x, x, x); };

template <class Op, class Real> GT_FN auto value_of(const Op& op, const Real* x) {
  if constexpr (inputs_of<Op> == 1) return op.forward(x[0]);
  else if constexpr (inputs_of<Op> == 2) return op.forward(x[0], x[1]);
  else return op.forward(x[0], x[1], x[2]);
}
template <class Op>
concept OnlyIntegers = requires { Op::only_integers; };
// What each op's forward can be read with.
template <class Op> using Read = std::conditional_t<OnlyIntegers<Op>, std::int64_t, float>;
template <class Op>
constexpr bool gives_mask =
    std::is_same_v<decltype(value_of(std::declval<const Op&>(), static_cast<const Pack<Read<Op>>*>(nullptr))),
                   Mask<Read<Op>>>;
template <class Op>
constexpr bool differentiable = !OnlyIntegers<Op> && !gives_mask<Op> && !requires { requires !Op::differentiable; };
template <class Op>
constexpr bool takes_integers = OnlyIntegers<Op> || requires { requires Op::integers; };

template <int I, class Op, class Real> GT_FN auto slope_of(const Op& op, const Real* x, const Real& y) {
  if constexpr (KeepsOutput<Op>) return op.slope_from_output(y);
  else if constexpr (!WritesSlope<Op>) {
    const Dual<Real> d[3] = {
        {x[0], Real(I == 0)}, {x[inputs_of<Op> > 1], Real(I == 1)}, {x[inputs_of<Op> > 2 ? 2 : 0], Real(I == 2)}};
    return value_of(op, d).d;
  } else if constexpr (inputs_of<Op> == 1) return op.slope(x[0]);
  else if constexpr (inputs_of<Op> == 2) return op.slope(x[0], x[1]).of[I];
  else return op.slope(x[0], x[1], x[2]).of[I];
}
template <class Op, int I> consteval Uses reading_of() {
  if constexpr (I >= inputs_of<Op>) return {};
  else {
    const Uses x[3] = {Uses::From{1}, Uses::From{2}, Uses::From{4}};
    return static_cast<Uses>(slope_of<I>(Op{}, x, Uses(Uses::From{128})));
  }
}
template <class Op, int I> consteval unsigned char uses_of() {
  return static_cast<unsigned char>(reading_of<Op, I>().inputs);
}
// Is the slope 1, whatever is read? Then the gradient goes on as it is.
template <class Op, int I> consteval bool is_one() { return std::is_empty_v<Op> && reading_of<Op, I>().one; }

}  // namespace gradtape
