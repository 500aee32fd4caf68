// Turns one reduce op struct into its row. Included by generated files only, after the op's header.
#pragma once

#include <gradtape/ops/cpu/row.h>
#include <gradtape/ops/formula.h>
#include <gradtape/ops/reduce.h>
#include <gradtape/ops/rules.h>
#include <gradtape/ops/tensor_row.h>

namespace gradtape {

template <class Op>
constexpr bool has_row_backward = requires(const Op& op, DenseRow<float, 64>& row, Pack<float> v) { op.backward(row, v, v, row); };
template <class Op>
constexpr bool has_tensor_gradient = requires(const Op& op, const Tensor& g, const Shape& s) { op.gradient(g, s); };
template <class Op>
constexpr bool gives_place = std::is_same_v<decltype(std::declval<Op>().forward(std::declval<DenseRow<float, 64>&>())), std::int64_t>;

template <class S, class T>
GT_FN void put_value(void* out, std::int64_t i, T value) {
  if constexpr (std::is_same_v<T, std::int64_t>) static_cast<std::int64_t*>(out)[i] = value;
  else static_cast<S*>(out)[i] = value.v;
}

// Forward for Part = 0, backward for Part = 1.
template <class Op, int Part, class S, int Bytes>
GT_FN void fold_rows(const void* op, const Fold& fold) {
  const Op self = *static_cast<const Op*>(op);
  const S* in = static_cast<const S*>(fold.in);
  const S *y = static_cast<const S*>(fold.y), *g = static_cast<const S*>(fold.gradient);
  if (fold.inner == 1) {
    for (std::int64_t o = 0; o < fold.outer; ++o) {
      const DenseRow<S, Bytes> x{const_cast<S*>(in) + o * fold.columns, fold.columns};
      if constexpr (Part == 0) {
        put_value<S>(fold.out, o, self.forward(x));
      } else {
        DenseRow<S, Bytes> dx{static_cast<S*>(fold.out) + o * fold.columns, fold.columns};
        self.backward(x, Pack<S>(y[o]), Pack<S>(g[o]), dx);
      }
    }
    return;
  }
  if constexpr (!gives_place<Op>) {  // places are found along dense rows only
    constexpr int lanes = Bytes / static_cast<int>(sizeof(S)) > 0 && !std::is_integral_v<S> ? Bytes / static_cast<int>(sizeof(S)) : 1;
    using V = std::conditional_t<lanes == 1, S, Vec<S, lanes>>;
    const S* end = in + fold.outer * fold.columns * fold.inner;
    for (std::int64_t o = 0; o < fold.outer; ++o)
      for (std::int64_t i = 0; i < fold.inner; i += lanes) {
        const std::int64_t at = o * fold.columns * fold.inner + i, value_at = o * fold.inner + i;
        const std::int64_t count = fold.inner - i < lanes ? fold.inner - i : lanes;
        const LaneRow<V> x{const_cast<S*>(in) + at, fold.columns, fold.inner, end};
        if constexpr (Part == 0) {
          const Pack<V> value = self.forward(x);
          __builtin_memcpy(static_cast<S*>(fold.out) + value_at, &value.v, static_cast<std::size_t>(count) * sizeof(S));
        } else {
          Pack<V> yv(S(0)), gv(S(0));
          __builtin_memcpy(&yv.v, y + value_at, static_cast<std::size_t>(count) * sizeof(S));
          __builtin_memcpy(&gv.v, g + value_at, static_cast<std::size_t>(count) * sizeof(S));
          LaneRow<V> dx{static_cast<S*>(fold.out) + at, fold.columns, fold.inner, nullptr};
          dx.kept = static_cast<int>(count);
          self.backward(x, yv, gv, dx);
        }
      }
  }
}
template <class Op, int P, class S> GT_512 void fold_512(const void* op, const Fold& fold) { fold_rows<Op, P, S, 64>(op, fold); }
template <class Op, int P, class S> GT_256 void fold_256(const void* op, const Fold& fold) { fold_rows<Op, P, S, 32>(op, fold); }
template <class Op, int P, class S> GT_128 void fold_128(const void* op, const Fold& fold) { fold_rows<Op, P, S, 16>(op, fold); }
template <class Op> void fold_integers(const void* op, const Fold& fold) { fold_rows<Op, 0, std::int64_t, 8>(op, fold); }

template <class Op>
Tensor reduce_gradient(const void* op, const Tensor& gradient, const Shape& shape) {
  if constexpr (has_tensor_gradient<Op>) return static_cast<const Op*>(op)->gradient(gradient, shape);
  else return {};
}
template <class Op>
Tensor recorded_reduce(const void* op, const Tensor& x, const Tensor& y, const Tensor& gradient) {
  const Op& self = *static_cast<const Op*>(op);
  if constexpr (requires { self.recorded_backward(x, y, gradient); }) {
    return self.recorded_backward(x, y, gradient);
  } else if constexpr (has_row_backward<Op>) {
    TensorRow dx{x};
    self.backward(TensorRow{x}, y, gradient, dx);
    return dx.tensor;
  } else {
    return {};
  }
}

template <class Op>
constexpr Op default_reduce{};
template <class Op>
constexpr ReduceRow Reduce::kernels(const CudaKernels* cuda) {
  static_assert(rules::reduce<Op, DenseRow<float, 64>>());
  static_assert(sizeof(Op) <= 64, "a reduce op's attributes have at most 64 bytes");
  ReduceRow row{};
  if constexpr (requires { Op::empty_is_error; }) row.empty_is_error = Op::empty_is_error;
  row.name = Op::name;
  row.backward = reduce_backward;
  row.takes_directions = true;
  row.attribute_bytes = std::is_empty_v<Op> ? 0 : sizeof(Op);
  row.keeps_input = has_row_backward<Op>;
  row.differentiable = has_row_backward<Op> || has_tensor_gradient<Op>;
  row.places = gives_place<Op>;
  if constexpr (gives_place<Op>) {
    row.typed = true;
    row.gives = DType::int64;
  } else if constexpr (requires { Op::gives; }) {
    row.typed = true;
    row.gives = Op::gives;
  }
  auto set = [](FoldFn(&to)[3], FoldFn a, FoldFn b, FoldFn c) { to[0] = a, to[1] = b, to[2] = c; };
#if defined(__x86_64__)
  set(row.loops[0].forward, fold_128<Op, 0, float>, fold_256<Op, 0, float>, fold_512<Op, 0, float>);
  set(row.loops[1].forward, fold_128<Op, 0, double>, fold_256<Op, 0, double>, fold_512<Op, 0, double>);
  if constexpr (has_row_backward<Op>) {
    set(row.loops[0].backward, fold_128<Op, 1, float>, fold_256<Op, 1, float>, fold_512<Op, 1, float>);
    set(row.loops[1].backward, fold_128<Op, 1, double>, fold_256<Op, 1, double>, fold_512<Op, 1, double>);
  }
#else
  set(row.loops[0].forward, fold_128<Op, 0, float>, nullptr, nullptr);
  set(row.loops[1].forward, fold_128<Op, 0, double>, nullptr, nullptr);
  if constexpr (has_row_backward<Op>) {
    set(row.loops[0].backward, fold_128<Op, 1, float>, nullptr, nullptr);
    set(row.loops[1].backward, fold_128<Op, 1, double>, nullptr, nullptr);
  }
#endif
  if constexpr (requires { Op::integers; }) set(row.loops[2].forward, fold_integers<Op>, fold_integers<Op>, fold_integers<Op>);
  row.cuda = cuda;
  row.gradient = reduce_gradient<Op>;
  row.recorded = recorded_reduce<Op>;
  row.samples = Op::samples;
  row.defaults = &default_reduce<Op>;
  return row;
}

}  // namespace gradtape
