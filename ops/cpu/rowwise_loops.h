// Turns one rowwise op struct into its row. Included by generated files only, after the op's header.
#pragma once

#include <gradtape/ops/cpu/row.h>
#include <gradtape/ops/cpu/transpose.h>
#include <gradtape/ops/formula.h>
#include <gradtape/ops/rowwise.h>
#include <gradtape/ops/tensor_row.h>

namespace gradtape {

void rowwise_backward(Backward& walk);

template <class Op>
constexpr bool row_keeps_output = requires(const Op& op, DenseRow<float, 64>& row) { op.backward_from_output(row, row, row); };

// Short rows go side by side, a row in each lane.
constexpr std::int64_t short_row = 48;

template <class Op, bool Forward, class Row>
GT_FN void one_row(const Op& op, const Row& a, const Row& b, Row& out) {
  if constexpr (Forward) op.forward(a, out);
  else if constexpr (row_keeps_output<Op>) op.backward_from_output(a, b, out);
  else op.backward(a, b, out);
}

// Rows into lanes and back, by square blocks that are turned round in registers. Reads and writes up to a pack behind the last row.
template <class V, class S>
GT_FN void into_lanes(const S* from, std::int64_t columns, S* to) {
  constexpr int lanes = Lanes<V>::count;
  for (std::int64_t c = 0; c < columns; c += lanes) {
    V block[lanes];
    GT_UNROLL for (int r = 0; r < lanes; ++r) block[r] = load<V>(from + c, r * columns).v;
    transpose(block);
    GT_UNROLL for (int l = 0; l < lanes; ++l) store<V>(to, (c + l) * lanes, Pack<V>(block[l]));
  }
}
template <class V, class S>
GT_FN void out_of_lanes(const S* from, std::int64_t columns, S* to) {
  constexpr int lanes = Lanes<V>::count;
  // From the last block to the first, and rows upwards: what a pack writes past its row's end is written over.
  for (std::int64_t c = (columns - 1) / lanes * lanes; c >= 0; c -= lanes) {
    V block[lanes];
    GT_UNROLL for (int l = 0; l < lanes; ++l) block[l] = load<V>(from, (c + l) * lanes).v;
    transpose(block);
    GT_UNROLL for (int r = 0; r < lanes; ++r) store<V>(to + c, r * columns, Pack<V>(block[r]));
  }
}

// As many short rows as a pack has lanes, or fewer, a row in each lane.
template <class Op, bool Forward, class V, class S = typename Lanes<V>::S>
GT_FN void rows_in_lanes(const Op& op, const S* const (&in)[2], S* out, std::int64_t rows, std::int64_t columns, const S* end) {
  constexpr int lanes = Lanes<V>::count;
  constexpr std::int64_t room = (short_row + lanes) * lanes;
  alignas(64) S turned[3][room], near_end[room];
  auto row = [&](S* p) GT_INLINE { return LaneRow<V>{p, columns, lanes, p + columns * lanes}; };
  const auto bytes = static_cast<std::size_t>(rows * columns) * sizeof(S);
  for (int k = 0; k < (Forward ? 1 : 2); ++k) {
    const S* from = in[k];
    if (end - in[0] < lanes * columns + lanes) {  // nothing behind the last row is read
      __builtin_memset(near_end, 0, sizeof near_end);
      __builtin_memcpy(near_end, from, bytes);
      from = near_end;
    }
    into_lanes<V>(from, columns, turned[k]);
  }
  LaneRow<V> to = row(turned[2]);
  one_row<Op, Forward>(op, row(turned[0]), row(turned[1]), to);
  out_of_lanes<V>(turned[2], columns, turned[0]);
  if (rows < lanes) __builtin_memcpy(out, turned[0], bytes);
  else for (std::int64_t i = 0; i < columns * lanes; i += lanes) store<V>(out, i, load<V>(turned[0], i));
}

template <class Op, bool Forward, class S, int Bytes>
GT_FN void each_row(const void* op, const Rows& rows) {
  const Op self = *static_cast<const Op*>(op);
  const std::int64_t columns = rows.columns;
  const S* in[2] = {static_cast<const S*>(rows.in[0]), static_cast<const S*>(rows.in[1])};
  S* out = static_cast<S*>(rows.out);
  if (columns > short_row || columns == 0) {
    for (std::int64_t r = 0; r < rows.rows; ++r) {
      auto at = [&](const S* p) GT_INLINE { return DenseRow<S, Bytes>{const_cast<S*>(p) + r * columns, columns}; };
      DenseRow<S, Bytes> to = at(out);
      if constexpr (Forward) one_row<Op, true>(self, at(in[0]), at(in[0]), to);
      else one_row<Op, false>(self, at(in[0]), at(in[1]), to);
    }
    return;
  }
  using V = Vec<S, Bytes / static_cast<int>(sizeof(S))>;
  constexpr int lanes = Lanes<V>::count;
  for (std::int64_t r = 0; r < rows.rows; r += lanes)
    rows_in_lanes<Op, Forward, V>(self, {in[0] + r * columns, in[!Forward] + r * columns}, out + r * columns, rows.rows - r < lanes ? rows.rows - r : lanes, columns,
                                  in[0] + rows.rows * columns);
}
template <class Op, bool F, class S> GT_512 void rows_512(const void* op, const Rows& rows) { each_row<Op, F, S, 64>(op, rows); }
template <class Op, bool F, class S> GT_256 void rows_256(const void* op, const Rows& rows) { each_row<Op, F, S, 32>(op, rows); }
template <class Op, bool F, class S> GT_128 void rows_128(const void* op, const Rows& rows) { each_row<Op, F, S, 16>(op, rows); }

template <class Op>
Tensor recorded_rows(const void* op, const Tensor& kept, const Tensor& gradient) {
  const Op& self = *static_cast<const Op*>(op);
  TensorRow dx;
  one_row<Op, false>(self, TensorRow{kept}, TensorRow{gradient}, dx);
  return dx.tensor;
}

template <class Op>
constexpr Op default_rowwise{};
template <class Op>
constexpr RowwiseRow rowwise_row() {
  RowwiseRow row{};
  row.name = Op::name;
  row.backward = rowwise_backward;
  row.keeps_output = row_keeps_output<Op>;
  row.attribute_bytes = std::is_empty_v<Op> ? 0 : sizeof(Op);
  auto set = [](RowsFn(&to)[3], RowsFn a, RowsFn b, RowsFn c) { to[0] = a, to[1] = b, to[2] = c; };
#if defined(__x86_64__)
  set(row.loops[0].forward, rows_128<Op, true, float>, rows_256<Op, true, float>, rows_512<Op, true, float>);
  set(row.loops[1].forward, rows_128<Op, true, double>, rows_256<Op, true, double>, rows_512<Op, true, double>);
  set(row.loops[0].backward, rows_128<Op, false, float>, rows_256<Op, false, float>, rows_512<Op, false, float>);
  set(row.loops[1].backward, rows_128<Op, false, double>, rows_256<Op, false, double>, rows_512<Op, false, double>);
#else
  set(row.loops[0].forward, rows_128<Op, true, float>, nullptr, nullptr);
  set(row.loops[1].forward, rows_128<Op, true, double>, nullptr, nullptr);
  set(row.loops[0].backward, rows_128<Op, false, float>, nullptr, nullptr);
  set(row.loops[1].backward, rows_128<Op, false, double>, nullptr, nullptr);
#endif
  row.recorded = recorded_rows<Op>;
  row.samples = Op::samples;
  row.defaults = &default_rowwise<Op>;
  return row;
}

}  // namespace gradtape
