// Turns one rowwise op struct into its row. Included by generated files only, after the op's header.
#pragma once

#include <gradtape/ops/cpu/short_rows.h>
#include <gradtape/ops/formula.h>
#include <gradtape/ops/rowwise.h>
#include <gradtape/ops/rules.h>
#include <gradtape/ops/tensor_row.h>

namespace gradtape {

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

template <class Op, bool Forward>
struct EachRow {
  template <class V>
  GT_FN static void run(const void* op, const Rows& rows) {
    using Row = DenseRow<typename Lanes<V>::S, sizeof(V)>;
    const Op self = *static_cast<const Op*>(op);
    const std::int64_t columns = rows.columns;
    if (columns <= short_row && columns > 0) {
      for (std::int64_t r = 0; r < rows.rows; r += Lanes<V>::count) rows_in_lanes<Op, Forward, V>(self, rows, r);
      return;
    }
    for (std::int64_t r = 0; r < rows.rows; ++r) {
      auto at = [&](const void* p) GT_INLINE {
        return Row{static_cast<typename Lanes<V>::S*>(const_cast<void*>(p)) + r * columns, columns};
      };
      Row to = at(rows.out);
      one_row<Op, Forward>(self, at(rows.in[0]), at(rows.in[!Forward]), to);
    }
  }
};

template <class Op>
Tensor recorded_rows(const void* op, const Tensor& kept, const Tensor& gradient) {
  const Op& self = *static_cast<const Op*>(op);
  TensorRow dx{gradient};
  one_row<Op, false>(self, TensorRow{kept}, TensorRow{gradient}, dx);
  return dx.tensor;
}

template <class Op>
constexpr RowwiseKernels Rowwise::kernels(const CudaKernels* cuda) {
  static_assert(rules::rowwise<Op>());
  RowwiseKernels row{};
  row.name = Op::name;
  row.backward = rowwise_backward;
  row.takes_directions = true;
  row.keeps_output = row_keeps_output<Op, DenseRow<float, 64>>;
  row.attribute_bytes = std::is_empty_v<Op> ? 0 : sizeof(Op);
  set_for_each_target<EachRow<Op, true>, float>(row.loops[0].forward);
  set_for_each_target<EachRow<Op, true>, double>(row.loops[1].forward);
  set_for_each_target<EachRow<Op, false>, float>(row.loops[0].backward);
  set_for_each_target<EachRow<Op, false>, double>(row.loops[1].backward);
  row.cuda = cuda;
  row.recorded = recorded_rows<Op>;
  row.samples = Op::samples;
  row.defaults = &default_made<Op>;
  return row;
}

}  // namespace gradtape
