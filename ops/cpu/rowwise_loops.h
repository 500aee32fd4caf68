// Turns one rowwise op struct into its row. Included by generated files only, after the op's header.
#pragma once

#include <gradtape/ops/cpu/row.h>
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

// Rows into lanes and back. A whole pack of rows is put together in a register: a pack read from memory that was just written number
// by number would wait for it.
template <class V, class S>
GT_FN void into_lanes(const S* from, std::int64_t columns, std::int64_t rows, S* to) {
  constexpr int lanes = Lanes<V>::count;
  if (rows == lanes) {
    for (std::int64_t c = 0; c < columns; ++c) {
      V column;
      GT_UNROLL for (int r = 0; r < lanes; ++r) column[r] = from[r * columns + c];
      store<V>(to, c * lanes, column);
    }
    return;
  }
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < columns; ++c) to[c * lanes + r] = from[r * columns + c];
}
template <class V, class S>
GT_FN void out_of_lanes(const S* from, std::int64_t columns, std::int64_t rows, S* to) {
  constexpr int lanes = Lanes<V>::count;
  if (rows == lanes) {
    for (std::int64_t c = 0; c < columns; ++c) {
      const V column = load<V>(from, c * lanes).v;
      GT_UNROLL for (int r = 0; r < lanes; ++r) to[r * columns + c] = column[r];
    }
    return;
  }
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < columns; ++c) to[r * columns + c] = from[c * lanes + r];
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
  constexpr int lanes = Bytes / static_cast<int>(sizeof(S));
  using V = Vec<S, lanes>;
  alignas(64) S a[short_row * lanes] = {}, b[short_row * lanes] = {}, c[short_row * lanes];
  auto row = [&](S* p) GT_INLINE { return LaneRow<V>{p, columns, lanes, p + columns * lanes}; };
  for (std::int64_t r = 0; r < rows.rows; r += lanes) {
    const std::int64_t count = rows.rows - r < lanes ? rows.rows - r : lanes;
    into_lanes<V>(in[0] + r * columns, columns, count, a);
    if constexpr (!Forward) into_lanes<V>(in[1] + r * columns, columns, count, b);
    LaneRow<V> to = row(c);
    one_row<Op, Forward>(self, row(a), row(b), to);
    out_of_lanes<V>(c, columns, count, out + r * columns);
  }
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
