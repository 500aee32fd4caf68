// Turns one rowwise op struct into its kernels. Included by generated .cu files only, after the op's header.
#pragma once

#include <gradtape/cuda/device_row.h>
#include <gradtape/ops/rowwise.h>
#include <gradtape/ops/rules.h>

namespace gradtape {

namespace cuda {

// Rows that threads have to themselves. The result stands where the last input stood, or (forward) beside it.
template <class Op, bool Forward, class S>
__global__ void runs_kernel(Op op, Rows rows) {
  extern __shared__ __align__(16) unsigned char memory[];
  const Run<S> run(rows.rows, rows.columns);
  S* held[2] = {run.room(memory, 0), run.room(memory, 1)};
  for (int k = 0; k < (Forward ? 1 : 2); ++k) run.read(held[k], rows.in[k]);
  __syncthreads();
  if (run.has_row()) {
    ThreadRow team = ThreadRow::of<S>(run.columns);
    DeviceRow<S, ThreadRow> out = run.row(held[1], team);
    one_row<Op, Forward>(op, run.row(held[0], team), run.row(held[!Forward], team), out);
  }
  __syncthreads();
  run.write(rows.out, held[1]);
}

// Rows that threads share, or parts of them. The plan's row 2 is the result.
template <class Op, bool Forward, class S>
__global__ void rows_kernel(Op op, Rows rows, const __grid_constant__ RowPlan plan) {
  extern __shared__ __align__(16) unsigned char memory[];
  VectorRow team = VectorRow::of<S>(memory, plan, rows.rows, rows.columns);
  auto row = [&](int k, const void* array) { return planned_row<S>(team, plan, k, array, rows.columns, k < 2); };
  const auto a = row(0, rows.in[0]), b = Forward ? a : row(1, rows.in[1]);
  auto out = row(2, rows.out);
  one_row<Op, Forward>(op, a, b, out);
  if (plan.room_of[2] >= 0) team.write(team.data<S>(rows.out, rows.columns), Itself(), out.data);
}

template <class Op, bool Forward, class S>
void launch_rows(const void* attributes, Device device, const Rows& rows) {
  const Op& op = *static_cast<const Op*>(attributes);
  if (rows.rows == 0 || rows.columns == 0) return;
  const cudaStream_t stream = stream_of(device);
  if (in_runs(rows.rows, rows.columns)) {
    runs_kernel<Op, Forward, S>
        <<<Run<S>::blocks(rows.rows), ThreadRow::rows, 2 * Run<S>::bytes(rows.columns), stream>>>(op, rows);
    return check(cudaGetLastError(), Op::name);
  }
  int words = 0, reads[3] = {};
  const rules::UsesRow a{{}, &words, &reads[0]}, b{{}, &words, &reads[1]};
  rules::UsesRow out{{}, &words, &reads[2]};
  one_row<Op, Forward>(op, a, b, out);
  RowPlan plan = RowPlan::of<S>(rows.rows, rows.columns);
  bool fits = true;
  for (int k = 0; k < 3; ++k)
    if (reads[k] > (k < 2 ? 1 : 0)) fits &= plan.hold(k);
  if (!fits) plan.split_long_rows(rows.rows, rows.columns);
  launch_words(Op::name, device, plan, words, false, rows.rows, rows.columns,
               [&](const RowPlan& part, unsigned splits) {
                 rows_kernel<Op, Forward, S>
                     <<<dim3(part.blocks(rows.rows), splits), part.block, part.bytes(), stream>>>(op, rows, part);
               });
  check(cudaGetLastError(), Op::name);
}

}  // namespace cuda

template <class Op>
constexpr RowwiseCuda Rowwise::cuda_kernels() {
  static_assert(rules::rowwise<Op>());
  return {{{cuda::launch_rows<Op, true, float>, cuda::launch_rows<Op, false, float>},
           {cuda::launch_rows<Op, true, double>, cuda::launch_rows<Op, false, double>}}};
}

}  // namespace gradtape
