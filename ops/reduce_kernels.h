// Turns one reduce op struct into its kernels. Included by generated .cu files only, after the op's header.
#pragma once

#include <gradtape/cuda/device_row.h>
#include <gradtape/ops/reduce.h>
#include <gradtape/ops/rules.h>

namespace gradtape {

namespace cuda {

// One row: forward writes value number `number`, backward its dx.
template <class Op, bool Forward, class S, class Team>
__device__ void fold_row(const Op& op, const Fold& fold, std::int64_t number, const DeviceRow<S, Team>& x,
                         DeviceRow<S, Team>& dx) {
  if constexpr (Forward) {
    const auto value = op.forward(x);
    if (x.team->writes()) put_value<S>(fold.out, number, value);
  } else {
    op.backward(x, Pack<S>(static_cast<const S*>(fold.y)[number]),
                Pack<S>(static_cast<const S*>(fold.gradient)[number]), dx);
  }
}

// Dense rows that threads have to themselves.
template <class Op, bool Forward, class S>
__global__ void fold_runs_kernel(Op op, Fold fold) {
  extern __shared__ __align__(16) unsigned char memory[];
  const Run<S> run(fold.outer, fold.columns);
  S *held = run.room(memory, 0), *slopes = run.room(memory, Forward ? 0 : 1);
  run.read(held, fold.in);
  __syncthreads();
  if (run.has_row()) {
    ThreadRow team = ThreadRow::of<S>(run.columns);
    DeviceRow<S, ThreadRow> dx = run.row(slopes, team);
    fold_row<Op, Forward>(op, fold, run.number(), run.row(held, team), dx);
  }
  if constexpr (!Forward) {
    __syncthreads();
    run.write(fold.out, slopes);
  }
}

// Dense rows that threads share, or parts of them. The plan's row 0 is x, and row 2 is dx.
template <class Op, bool Forward, class S>
__global__ void fold_rows_kernel(Op op, Fold fold, const __grid_constant__ RowPlan plan) {
  extern __shared__ __align__(16) unsigned char memory[];
  VectorRow team = VectorRow::of<S>(memory, plan, fold.outer, fold.columns);
  const auto x = planned_row<S>(team, plan, 0, fold.in, fold.columns, true);
  auto dx = Forward ? x : planned_row<S>(team, plan, 2, fold.out, fold.columns, false);
  fold_row<Op, Forward>(op, fold, team.idle ? 0 : team.row, x, dx);
  if (!Forward && plan.room_of[2] >= 0) team.write(team.data<S>(fold.out, fold.columns), Itself(), dx.data);
}

// Rows side by side, or parts of them.
template <class Op, bool Forward, class S>
__global__ void fold_sides_kernel(Op op, Fold fold, const __grid_constant__ SidePlan plan) {
  extern __shared__ __align__(16) unsigned char memory[];
  SideRow team = SideRow::of(memory, plan, fold.columns, fold.inner, fold.outer * fold.inner);
  auto row = [&](const void* array) {
    return DeviceRow<S, SideRow>{team.data<S>(array, fold.columns), fold.columns, &team};
  };
  auto dx = row(Forward ? fold.in : fold.out);
  fold_row<Op, Forward>(op, fold, team.idle ? 0 : team.row, row(fold.in), dx);
}

// What a fold's words are, and how often they read x and dx.
struct FoldUses {
  int words = 0, x = 0, dx = 0;
};
template <class Op, bool Forward>
FoldUses uses_of_fold(const Op& op) {
  FoldUses uses;
  const rules::UsesRow x{{}, &uses.words, &uses.x};
  rules::UsesRow dx{{}, &uses.words, &uses.dx};
  if constexpr (Forward) (void)op.forward(x);
  else op.backward(x, Uses(), Uses(), dx);
  return uses;
}

template <class Op, bool Forward, class S>
void launch_folds(const void* attributes, Device device, const Fold& fold) {
  const Op& op = *static_cast<const Op*>(attributes);
  const std::int64_t values = fold.outer * fold.inner;
  if (values == 0 || (!Forward && fold.columns == 0)) return;
  const cudaStream_t stream = stream_of(device);
  const FoldUses uses = uses_of_fold<Op, Forward>(op);
  if (fold.inner > 1) {
    const std::size_t scratch = 16 * SidePlan::block;
    launch_words(Op::name, device, SidePlan::of(values, fold.columns), uses.words, Forward, values, fold.columns,
                 [&](const SidePlan& plan, unsigned splits) {
                   fold_sides_kernel<Op, Forward, S>
                       <<<dim3(plan.blocks(values), splits), SidePlan::block, scratch, stream>>>(op, fold, plan);
                 });
  } else if (in_runs(values, fold.columns)) {
    const std::size_t held = (Forward ? 1 : 2) * Run<S>::bytes(fold.columns);
    fold_runs_kernel<Op, Forward, S><<<Run<S>::blocks(values), ThreadRow::rows, held, stream>>>(op, fold);
  } else {
    RowPlan plan = RowPlan::of<S>(values, fold.columns);
    if (uses.x > 1) plan.hold(0);
    if (uses.dx > 0) plan.hold(2);
    plan.split_long_rows(values, fold.columns);
    launch_words(Op::name, device, plan, uses.words, Forward, values, fold.columns,
                 [&](const RowPlan& part, unsigned splits) {
                   fold_rows_kernel<Op, Forward, S>
                       <<<dim3(part.blocks(values), splits), part.block, part.bytes(), stream>>>(op, fold, part);
                 });
  }
  check(cudaGetLastError(), Op::name);
}

template <class Op, class S>
constexpr ReduceLaunches reduce_launches() {
  ReduceLaunches launches{launch_folds<Op, true, S>, nullptr};
  if constexpr (requires(const Op& op, rules::UsesRow& row, Uses v) { op.backward(row, v, v, row); })
    launches.backward = launch_folds<Op, false, S>;
  return launches;
}

}  // namespace cuda

template <class Op>
constexpr ReduceCuda Reduce::cuda_kernels() {
  static_assert(rules::reduce<Op>());
  ReduceCuda row{{cuda::reduce_launches<Op, float>(), cuda::reduce_launches<Op, double>(), {}}};
  if constexpr (requires { Op::integers; }) row.launches[2].forward = cuda::launch_folds<Op, true, std::int64_t>;
  return row;
}

}  // namespace gradtape
