// Turns one rowwise op struct into its row. Included by generated files only, after the op's header.
#pragma once

#include <gradtape/ops/cpu/short_rows.h>
#include <gradtape/ops/formula.h>
#include <gradtape/ops/rowwise.h>
#include <gradtape/ops/rules.h>
#include <gradtape/ops/tensor_row.h>

namespace gradtape {

template <class Op>
constexpr bool row_keeps_output =
    requires(const Op& op, DenseRow<float, 64>& row) { op.backward_from_output(row, row, row); };

template <class Op, bool Forward, class Row>
GT_FN void one_row(const Op& op, const Row& a, const Row& b, Row& out) {
  if constexpr (Forward) op.forward(a, out);
  else if constexpr (row_keeps_output<Op>) op.backward_from_output(a, b, out);
  else op.backward(a, b, out);
}

// As many short rows as a pack has lanes, or as lie before the end, a row in each lane.
template <class Op, bool Forward, class V, class S = typename Lanes<V>::S>
GT_FN void rows_in_lanes(const Op& op, const Rows& rows, std::int64_t first) {
  const std::int64_t from = first * rows.columns, end = rows.rows * rows.columns;
  LaneRoom<V> in[2], out;
  for (int k = 0; k < (Forward ? 1 : 2); ++k) {
    const S* x = static_cast<const S*>(rows.in[k]);
    read_short_rows(x + from, rows.columns, x + end, in[k]);
  }
  LaneRow<V> to = out.row(rows.columns);
  one_row<Op, Forward>(op, in[0].row(rows.columns), in[1].row(rows.columns), to);
  write_short_rows(out, rows.columns, static_cast<S*>(rows.out) + from, static_cast<const S*>(rows.out) + end);
}

template <class Op, bool Forward, class S, int Bytes>
GT_FN void each_row(const void* op, const Rows& rows) {
  const Op self = *static_cast<const Op*>(op);
  const std::int64_t columns = rows.columns;
  if (columns > short_row || columns == 0) {
    for (std::int64_t r = 0; r < rows.rows; ++r) {
      auto at = [&](const void* p) GT_INLINE {
        return DenseRow<S, Bytes>{static_cast<S*>(const_cast<void*>(p)) + r * columns, columns};
      };
      DenseRow<S, Bytes> to = at(rows.out);
      one_row<Op, Forward>(self, at(rows.in[0]), at(rows.in[!Forward]), to);
    }
    return;
  }
  using V = Vec<S, Bytes / static_cast<int>(sizeof(S))>;
  for (std::int64_t r = 0; r < rows.rows; r += Lanes<V>::count) rows_in_lanes<Op, Forward, V>(self, rows, r);
}
template <class Op, bool F, class S> GT_512 void rows_512(const void* op, const Rows& rows) {
  each_row<Op, F, S, 64>(op, rows);
}
template <class Op, bool F, class S> GT_256 void rows_256(const void* op, const Rows& rows) {
  each_row<Op, F, S, 32>(op, rows);
}
template <class Op, bool F, class S> GT_128 void rows_128(const void* op, const Rows& rows) {
  each_row<Op, F, S, 16>(op, rows);
}

template <class Op>
Tensor recorded_rows(const void* op, const Tensor& kept, const Tensor& gradient) {
  const Op& self = *static_cast<const Op*>(op);
  TensorRow dx{gradient};
  one_row<Op, false>(self, TensorRow{kept}, TensorRow{gradient}, dx);
  return dx.tensor;
}

template <class Op>
constexpr Op default_rowwise{};
template <class Op>
constexpr RowwiseKernels Rowwise::kernels(const CudaKernels* cuda) {
  static_assert(rules::rowwise<Op, DenseRow<float, 64>>());
  RowwiseKernels row{};
  row.name = Op::name;
  row.backward = rowwise_backward;
  row.takes_directions = true;
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
  row.cuda = cuda;
  row.recorded = recorded_rows<Op>;
  row.samples = Op::samples;
  row.defaults = &default_rowwise<Op>;
  return row;
}

}  // namespace gradtape
