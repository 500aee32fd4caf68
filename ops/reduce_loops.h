// Turns one reduce op struct into its row. Included by generated files only, after the op's header.
#pragma once

#include <gradtape/ops/cpu/row.h>
#include <gradtape/ops/formula.h>
#include <gradtape/ops/reduce.h>
#include <gradtape/ops/rules.h>
#include <gradtape/ops/tensor_row.h>

namespace gradtape {

template <class Op>
constexpr bool has_row_backward =
    requires(const Op& op, DenseRow<float, 64>& row, Pack<float> v) { op.backward(row, v, v, row); };
template <class Op>
constexpr bool has_tensor_gradient = requires(const Op& op, const Tensor& g, const Shape& s) { op.gradient(g, s); };
template <class Op>
constexpr bool in_parts = [] {
  if constexpr (requires { Op::in_parts; }) return Op::in_parts;
  else return false;
}();
template <class Op>
constexpr bool gives_place =
    std::is_same_v<decltype(std::declval<Op>().forward(std::declval<DenseRow<float, 64>&>())), std::int64_t>;

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
    constexpr int lanes =
        Bytes / static_cast<int>(sizeof(S)) > 0 && !std::is_integral_v<S> ? Bytes / static_cast<int>(sizeof(S)) : 1;
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
template <class Op, int P, class S> GT_512 void fold_512(const void* op, const Fold& fold) {
  fold_rows<Op, P, S, 64>(op, fold);
}
template <class Op, int P, class S> GT_256 void fold_256(const void* op, const Fold& fold) {
  fold_rows<Op, P, S, 32>(op, fold);
}
template <class Op, int P, class S> GT_128 void fold_128(const void* op, const Fold& fold) {
  fold_rows<Op, P, S, 16>(op, fold);
}
template <class Op> void fold_integers(const void* op, const Fold& fold) {
  fold_rows<Op, 0, std::int64_t, 8>(op, fold);
}

// One row, part by part. Its total so far is a state of 128 bytes of lanes, as in a row, with what rounding lost beside
// them.
template <class V>
struct Totals {
  static constexpr int ways = 128 / static_cast<int>(sizeof(V));
  Compensated<Pack<V>> parts[ways];
};
// The row while elements are taken: it asks for their total, and is given what is not looked at.
template <class V>
struct RowBeingTaken {
  using S = typename Lanes<V>::S;
  static constexpr int lanes = Lanes<V>::count, ways = Totals<V>::ways;
  Totals<V>& state;
  const S* data;
  std::int64_t columns;

  GT_FN Pack<S> count() const { return Pack<S>(S(1)); }
  template <class Each>
  GT_FN Pack<S> total(Each each) const {
    Totals<V> totals = state;
    std::int64_t i = 0;
    for (; i + ways * lanes <= columns; i += ways * lanes) GT_UNROLL
    for (int w = 0; w < ways; ++w) totals.parts[w].add(each(load<V>(data, i + w * lanes)));
    for (int w = 0; i < columns; ++w, i += lanes) {
      const std::int64_t left = columns - i < lanes ? columns - i : lanes;
      S some[lanes] = {};
      __builtin_memcpy(some, data + i, static_cast<std::size_t>(left) * sizeof(S));
      Pack<V> last = each(load<V>(some, 0));
      for (std::int64_t k = left; k < lanes; ++k) last.v[k] = S(0);
      totals.parts[w].add(last);
    }
    state = totals;
    return Pack<S>(S(0));
  }
};
// The row after all were taken.
template <class V>
struct RowTaken {
  using S = typename Lanes<V>::S;
  const Totals<V>* states;
  std::int64_t parts, columns;

  GT_FN Pack<S> count() const { return Pack<S>(static_cast<S>(columns)); }
  template <class Each>
  GT_FN Pack<S> total(Each) const {
    Totals<V> all = states[0];
    for (std::int64_t part = 1; part < parts; ++part) GT_UNROLL
    for (int w = 0; w < Totals<V>::ways; ++w) all.parts[w].add(states[part].parts[w]);
    Compensated<Pack<S>> sum{Pack<S>(S(0)), Pack<S>(S(0))};
    for (int w = 0; w < Totals<V>::ways; ++w)
      for (int k = 0; k < Lanes<V>::count; ++k)
        sum.add(Compensated<Pack<S>>{Pack<S>(all.parts[w].sum.v[k]), Pack<S>(all.parts[w].lost.v[k])});
    return sum.value();
  }
};

// Columns side by side, one in each lane, of which some rows are taken at a time; and after all were.
template <class V>
struct ColumnsBeingTaken {
  Compensated<Pack<V>>& state;
  const LaneRow<V>& some;

  GT_FN Pack<V> count() const { return Pack<V>(typename Lanes<V>::S(1)); }
  template <class Each>
  GT_FN Pack<V> total(Each each) const {
    Compensated<Pack<V>> total = state;
    for (std::int64_t i = 0; i < some.columns; ++i) total.add(each(some.at(i)));
    state = total;
    return total.sum;
  }
};
template <class V>
struct ColumnsTaken {
  const Compensated<Pack<V>>& state;
  std::int64_t rows;

  GT_FN Pack<V> count() const { return Pack<V>(static_cast<typename Lanes<V>::S>(rows)); }
  template <class Each>
  GT_FN Pack<V> total(Each) const {
    return state.value();
  }
};

template <class Op, class V>
GT_FN void take_columns(const void* op, const Fold& some, std::byte* state) {
  using S = typename Lanes<V>::S;
  S* const in = static_cast<S*>(const_cast<void*>(some.in));
  auto* at = reinterpret_cast<Compensated<Pack<V>>*>(state);
  for (std::int64_t i = 0; i < some.inner; i += Lanes<V>::count, ++at) {
    const LaneRow<V> rows{in + i, some.columns, some.inner, in + some.columns * some.inner};
    static_cast<const Op*>(op)->forward(ColumnsBeingTaken<V>{*at, rows});
  }
}
template <class Op, class V>
GT_FN void join_columns(const void* op, const Fold& whole, const std::byte* state) {
  using S = typename Lanes<V>::S;
  auto* at = reinterpret_cast<const Compensated<Pack<V>>*>(state);
  for (std::int64_t i = 0; i < whole.inner; i += Lanes<V>::count, ++at) {
    const Pack<V> value = static_cast<const Op*>(op)->forward(ColumnsTaken<V>{*at, whole.columns});
    const std::int64_t count = whole.inner - i < Lanes<V>::count ? whole.inner - i : Lanes<V>::count;
    __builtin_memcpy(static_cast<S*>(whole.out) + i, &value.v, static_cast<std::size_t>(count) * sizeof(S));
  }
}
template <class Op, class V>
GT_FN void take_part(const void* op, const Loop& loop) {
  using S = typename Lanes<V>::S;
  static_cast<const Op*>(op)->forward(
      RowBeingTaken<V>{*static_cast<Totals<V>*>(loop.out[0]), static_cast<const S*>(loop.in[0]), loop.count});
}
template <class Op, class V>
GT_FN void join_parts(const void* op, const std::byte* states, std::int64_t parts, std::int64_t count, void* out) {
  static_assert(sizeof(Totals<V>) == state_bytes);
  const auto value =
      static_cast<const Op*>(op)->forward(RowTaken<V>{reinterpret_cast<const Totals<V>*>(states), parts, count});
  __builtin_memcpy(out, &value.v, sizeof value.v);
}
template <class Op, class S> GT_512 void take_512(const void* op, const Loop& loop) {
  take_part<Op, Vec<S, 64 / sizeof(S)>>(op, loop);
}
template <class Op, class S> GT_256 void take_256(const void* op, const Loop& loop) {
  take_part<Op, Vec<S, 32 / sizeof(S)>>(op, loop);
}
template <class Op, class S> GT_128 void take_128(const void* op, const Loop& loop) {
  take_part<Op, Vec<S, 16 / sizeof(S)>>(op, loop);
}
template <class Op, class S>
GT_512 void join_512(const void* op, const std::byte* states, std::int64_t parts, std::int64_t count, void* out) {
  join_parts<Op, Vec<S, 64 / sizeof(S)>>(op, states, parts, count, out);
}
template <class Op, class S>
GT_256 void join_256(const void* op, const std::byte* states, std::int64_t parts, std::int64_t count, void* out) {
  join_parts<Op, Vec<S, 32 / sizeof(S)>>(op, states, parts, count, out);
}
template <class Op, class S>
GT_128 void join_128(const void* op, const std::byte* states, std::int64_t parts, std::int64_t count, void* out) {
  join_parts<Op, Vec<S, 16 / sizeof(S)>>(op, states, parts, count, out);
}

template <class Op, class S>
GT_512 void take_columns_512(const void* op, const Fold& some, std::byte* state) {
  take_columns<Op, Vec<S, 64 / sizeof(S)>>(op, some, state);
}
template <class Op, class S>
GT_512 void join_columns_512(const void* op, const Fold& whole, const std::byte* state) {
  join_columns<Op, Vec<S, 64 / sizeof(S)>>(op, whole, state);
}
template <class Op, class S>
GT_256 void take_columns_256(const void* op, const Fold& some, std::byte* state) {
  take_columns<Op, Vec<S, 32 / sizeof(S)>>(op, some, state);
}
template <class Op, class S>
GT_256 void join_columns_256(const void* op, const Fold& whole, const std::byte* state) {
  join_columns<Op, Vec<S, 32 / sizeof(S)>>(op, whole, state);
}
template <class Op, class S>
GT_128 void take_columns_128(const void* op, const Fold& some, std::byte* state) {
  take_columns<Op, Vec<S, 16 / sizeof(S)>>(op, some, state);
}
template <class Op, class S>
GT_128 void join_columns_128(const void* op, const Fold& whole, const std::byte* state) {
  join_columns<Op, Vec<S, 16 / sizeof(S)>>(op, whole, state);
}

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
constexpr ReduceKernels Reduce::kernels(const CudaKernels* cuda) {
  static_assert(rules::reduce<Op, DenseRow<float, 64>>());
  static_assert(sizeof(Op) <= 64, "a reduce op's attributes have at most 64 bytes");
  ReduceKernels row{};
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
  auto set = [](auto(&to)[3], auto... loops) {
    int i = 0;
    ((to[i++] = loops), ...);
  };
#if defined(__x86_64__)
  if constexpr (in_parts<Op>) {
    set(row.loops[0].take, take_128<Op, float>, take_256<Op, float>, take_512<Op, float>);
    set(row.loops[0].join, join_128<Op, float>, join_256<Op, float>, join_512<Op, float>);
    set(row.loops[0].take_columns, take_columns_128<Op, float>, take_columns_256<Op, float>,
        take_columns_512<Op, float>);
    set(row.loops[0].join_columns, join_columns_128<Op, float>, join_columns_256<Op, float>,
        join_columns_512<Op, float>);
    set(row.loops[1].take, take_128<Op, double>, take_256<Op, double>, take_512<Op, double>);
    set(row.loops[1].join, join_128<Op, double>, join_256<Op, double>, join_512<Op, double>);
    set(row.loops[1].take_columns, take_columns_128<Op, double>, take_columns_256<Op, double>,
        take_columns_512<Op, double>);
    set(row.loops[1].join_columns, join_columns_128<Op, double>, join_columns_256<Op, double>,
        join_columns_512<Op, double>);
  }
  set(row.loops[0].forward, fold_128<Op, 0, float>, fold_256<Op, 0, float>, fold_512<Op, 0, float>);
  set(row.loops[1].forward, fold_128<Op, 0, double>, fold_256<Op, 0, double>, fold_512<Op, 0, double>);
  if constexpr (has_row_backward<Op>) {
    set(row.loops[0].backward, fold_128<Op, 1, float>, fold_256<Op, 1, float>, fold_512<Op, 1, float>);
    set(row.loops[1].backward, fold_128<Op, 1, double>, fold_256<Op, 1, double>, fold_512<Op, 1, double>);
  }
#else
  if constexpr (in_parts<Op>) {
    set(row.loops[0].take, take_128<Op, float>);
    set(row.loops[0].join, join_128<Op, float>);
    set(row.loops[0].take_columns, take_columns_128<Op, float>);
    set(row.loops[0].join_columns, join_columns_128<Op, float>);
    set(row.loops[1].take, take_128<Op, double>);
    set(row.loops[1].join, join_128<Op, double>);
    set(row.loops[1].take_columns, take_columns_128<Op, double>);
    set(row.loops[1].join_columns, join_columns_128<Op, double>);
  }
  set(row.loops[0].forward, fold_128<Op, 0, float>);
  set(row.loops[1].forward, fold_128<Op, 0, double>);
  if constexpr (has_row_backward<Op>) {
    set(row.loops[0].backward, fold_128<Op, 1, float>);
    set(row.loops[1].backward, fold_128<Op, 1, double>);
  }
#endif
  if constexpr (requires { Op::integers; })
    set(row.loops[2].forward, fold_integers<Op>, fold_integers<Op>, fold_integers<Op>);
  row.cuda = cuda;
  row.gradient = reduce_gradient<Op>;
  row.recorded = recorded_reduce<Op>;
  row.samples = Op::samples;
  row.defaults = &default_reduce<Op>;
  return row;
}

}  // namespace gradtape
