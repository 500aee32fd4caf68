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
constexpr bool in_parts = requires { requires Op::in_parts; };
template <class Op>
constexpr bool gives_place =
    std::is_same_v<decltype(std::declval<Op>().forward(std::declval<DenseRow<float, 64>&>())), std::int64_t>;

template <class Op, bool Forward>
struct EachFold {
  template <class V>
  GT_FN static void run(const void* op, const Fold& fold) {
    using S = typename Lanes<V>::S;
    const Op self = *static_cast<const Op*>(op);
    const S* in = static_cast<const S*>(fold.in);
    const S *y = static_cast<const S*>(fold.y), *g = static_cast<const S*>(fold.gradient);
    if (fold.inner == 1) {
      using Row = DenseRow<S, sizeof(V)>;
      for (std::int64_t o = 0; o < fold.outer; ++o) {
        const Row x{const_cast<S*>(in) + o * fold.columns, fold.columns};
        if constexpr (Forward) {
          put_value<S>(fold.out, o, self.forward(x));
        } else {
          Row dx{static_cast<S*>(fold.out) + o * fold.columns, fold.columns};
          self.backward(x, Pack<S>(y[o]), Pack<S>(g[o]), dx);
        }
      }
      return;
    }
    if constexpr (!gives_place<Op>) {  // places are found along dense rows only
      constexpr int lanes = Lanes<V>::count;
      const S* end = in + fold.outer * fold.columns * fold.inner;
      for (std::int64_t o = 0; o < fold.outer; ++o)
        for (std::int64_t i = 0; i < fold.inner; i += lanes) {
          const std::int64_t at = o * fold.columns * fold.inner + i, value_at = o * fold.inner + i;
          const std::int64_t count = fold.inner - i < lanes ? fold.inner - i : lanes;
          const LaneRow<V> x{const_cast<S*>(in) + at, fold.columns, fold.inner, end};
          if constexpr (Forward) {
            store_some<V>(fold.out, value_at, self.forward(x), count);
          } else {
            LaneRow<V> dx{static_cast<S*>(fold.out) + at, fold.columns, fold.inner, nullptr};
            dx.kept = static_cast<int>(count);
            self.backward(x, load_some<V>(y, value_at, count), load_some<V>(g, value_at, count), dx);
          }
        }
    }
  }
};

// One row, part by part. Its total so far is a state of 128 bytes of lanes, as in a row, with what rounding lost beside
// them.
template <class V>
struct Totals {
  static constexpr int ways = 128 / static_cast<int>(sizeof(V));
  Compensated<Pack<V>> parts[ways];

  template <class Each>
  GT_FN void take(const void* from, std::int64_t columns, Each each) {
    constexpr int lanes = Lanes<V>::count;
    Totals totals = *this;
    std::int64_t i = 0;
    for (; i + ways * lanes <= columns; i += ways * lanes) GT_UNROLL
    for (int w = 0; w < ways; ++w) totals.parts[w].add(each(load<V>(from, i + w * lanes)));
    for (int w = 0; i < columns; ++w, i += lanes) {
      const std::int64_t left = columns - i < lanes ? columns - i : lanes;
      Pack<V> last = each(load_some<V>(from, i, left));
      for (std::int64_t k = left; k < lanes; ++k) last.v[k] = 0;
      totals.parts[w].add(last);
    }
    *this = totals;
  }
  GT_FN auto joined(std::int64_t states) const {
    using Value = Pack<typename Lanes<V>::S>;
    Totals all = *this;
    for (std::int64_t state = 1; state < states; ++state) GT_UNROLL
    for (int w = 0; w < ways; ++w) all.parts[w].add(this[state].parts[w]);
    Compensated<Value> sum{Value(0), Value(0)};
    for (int w = 0; w < ways; ++w)
      for (int k = 0; k < Lanes<V>::count; ++k)
        sum.add(Compensated<Value>{Value(all.parts[w].sum.v[k]), Value(all.parts[w].lost.v[k])});
    return sum.value();
  }
};

// A row while elements are taken: it asks for their total, and is given what is not looked at.
template <class Value, class Take>
struct RowBeingTaken {
  Take take;
  GT_FN Value count() const { return Value(1); }
  template <class Each>
  GT_FN Value total(Each each) const {
    take(each);
    return Value(0);
  }
};
// The row after all were taken.
template <class Value>
struct RowTaken {
  Value columns, all;
  GT_FN Value count() const { return columns; }
  template <class Each>
  GT_FN Value total(Each) const {
    return all;
  }
};

// Takes a part, or joins all: of one row, and of columns side by side, one in each lane.
template <class Op>
struct PartByPart {
  template <class V>
  GT_FN static void run(const void* op, const Loop& loop) {
    auto& totals = *static_cast<Totals<V>*>(loop.out[0]);
    const auto take = [&](auto each) GT_INLINE { totals.take(loop.in[0], loop.count, each); };
    forward_while_taken<Pack<typename Lanes<V>::S>>(op, take);
  }
  template <class V>
  GT_FN static void run(const void* op, const std::byte* states, std::int64_t parts, std::int64_t count, void* out) {
    static_assert(sizeof(Totals<V>) == state_bytes);
    using Value = Pack<typename Lanes<V>::S>;
    const RowTaken<Value> row{Value(count), reinterpret_cast<const Totals<V>*>(states)->joined(parts)};
    store(out, 0, static_cast<const Op*>(op)->forward(row));
  }
  template <class V>
  GT_FN static void run(const void* op, const Fold& some, std::byte* state) {
    using S = typename Lanes<V>::S;
    S* const in = static_cast<S*>(const_cast<void*>(some.in));
    auto* at = reinterpret_cast<Compensated<Pack<V>>*>(state);
    for (std::int64_t i = 0; i < some.inner; i += Lanes<V>::count, ++at) {
      const LaneRow<V> rows{in + i, some.columns, some.inner, in + some.columns * some.inner};
      const auto take = [&](auto each) GT_INLINE {
        Compensated<Pack<V>> total = *at;
        for (std::int64_t row = 0; row < some.columns; ++row) total.add(each(rows.at(row)));
        *at = total;
      };
      forward_while_taken<Pack<V>>(op, take);
    }
  }
  template <class V>
  GT_FN static void run(const void* op, const Fold& whole, const std::byte* state) {
    auto* at = reinterpret_cast<const Compensated<Pack<V>>*>(state);
    for (std::int64_t i = 0; i < whole.inner; i += Lanes<V>::count, ++at) {
      const RowTaken<Pack<V>> columns{Pack<V>(whole.columns), at->value()};
      const std::int64_t count = whole.inner - i < Lanes<V>::count ? whole.inner - i : Lanes<V>::count;
      store_some<V>(whole.out, i, static_cast<const Op*>(op)->forward(columns), count);
    }
  }

 private:
  template <class Value, class Take>
  GT_FN static void forward_while_taken(const void* op, Take take) {
    static_cast<const Op*>(op)->forward(RowBeingTaken<Value, Take>{take});
  }
};

template <class Op, class S>
constexpr ReduceLoops reduce_loops() {
  ReduceLoops loops{};
  set_for_each_target<EachFold<Op, true>, S>(loops.forward);
  if constexpr (has_row_backward<Op>) set_for_each_target<EachFold<Op, false>, S>(loops.backward);
  if constexpr (in_parts<Op>) {
    set_for_each_target<PartByPart<Op>, S>(loops.take);
    set_for_each_target<PartByPart<Op>, S>(loops.join);
    set_for_each_target<PartByPart<Op>, S>(loops.take_columns);
    set_for_each_target<PartByPart<Op>, S>(loops.join_columns);
  }
  return loops;
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
constexpr ReduceKernels Reduce::kernels(const CudaKernels* cuda) {
  static_assert(rules::reduce<Op>());
  static_assert(sizeof(Op) <= 64, "a reduce op's attributes have at most 64 bytes");
  ReduceKernels row{};
  row.empty_is_error = requires { requires Op::empty_is_error; };
  row.of_parts = requires { requires Op::of_parts; };
  row.name = Op::name;
  row.backward = reduce_backward;
  row.takes_directions = true;
  row.attribute_bytes = std::is_empty_v<Op> ? 0 : sizeof(Op);
  row.keeps_input = has_row_backward<Op>;
  row.differentiable = has_row_backward<Op> || has_tensor_gradient<Op>;
  row.places = gives_place<Op>;
  row.typed = gives_place<Op> || requires { Op::gives; };
  row.gives = DType::int64;
  if constexpr (requires { Op::gives; }) row.gives = Op::gives;
  row.loops[0] = reduce_loops<Op, float>();
  row.loops[1] = reduce_loops<Op, double>();
  if constexpr (requires { Op::integers; })
    for (FoldFn& loop : row.loops[2].forward) loop = EachFold<Op, true>::template run<std::int64_t>;
  row.cuda = cuda;
  row.gradient = reduce_gradient<Op>;
  row.recorded = recorded_reduce<Op>;
  row.samples = Op::samples;
  row.defaults = &default_made<Op>;
  return row;
}

}  // namespace gradtape
