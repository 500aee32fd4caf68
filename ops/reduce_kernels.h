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

// Dense rows that threads or warps have to themselves.
template <class Op, bool Forward, class S, class Team>
__global__ void fold_runs_kernel(Op op, Fold fold) {
  extern __shared__ __align__(16) unsigned char memory[];
  const Run<S, Team> run(fold.outer, fold.columns);
  S *held = run.room(memory, 0), *slopes = run.room(memory, Forward ? 0 : 1);
  run.read(held, fold.in);
  __syncthreads();
  if (run.has_row()) {
    Team team = Team::template of<S>(fold.columns);
    DeviceRow<S, Team> dx = run.row(slopes, team);
    fold_row<Op, Forward>(op, fold, run.number(), run.row(held, team), dx);
  }
  if constexpr (!Forward) {
    __syncthreads();
    run.write(fold.out, slopes);
  }
}

// A block for `width` rows side by side, or for a part of them.
template <class Op, bool Forward, class S>
__global__ void folds_kernel(Op op, Fold fold, int width, Split split) {
  extern __shared__ __align__(16) unsigned char memory[];
  const std::int64_t groups = (fold.inner + width - 1) / width, outer = blockIdx.x / groups,
                     group = blockIdx.x % groups;
  const std::int64_t begin = outer * fold.columns * fold.inner + group * width, first = outer * fold.inner;
  BlockRow team = BlockRow::of(memory, split, width, first + group * width, first + fold.inner, begin);
  auto row = [&](const void* p) {
    S* const data = const_cast<S*>(static_cast<const S*>(p)) + begin + team.side;
    return DeviceRow<S, BlockRow>{data, fold.columns, fold.inner, &team};
  };
  DeviceRow<S, BlockRow> dx = row(fold.out);
  fold_row<Op, Forward>(op, fold, team.idle ? first : team.row, row(fold.in), dx);
}

template <class Op, bool Forward, class S, class Team>
void launch_fold_runs(const Op& op, cudaStream_t stream, const Fold& fold) {
  const std::size_t held = (Forward ? 1 : 2) * bytes_of_run<S, Team>(fold.columns);
  fold_runs_kernel<Op, Forward, S, Team><<<blocks_of_runs<Team>(fold.outer), Team::threads, held, stream>>>(op, fold);
  check(cudaGetLastError(), Op::name);
}

template <class Op, bool Forward, class S>
void launch_folds(const void* attributes, Device device, const Fold& fold) {
  const Op& op = *static_cast<const Op*>(attributes);
  const std::int64_t values = fold.outer * fold.inner;
  if (values == 0 || (!Forward && fold.columns == 0)) return;
  const cudaStream_t stream = stream_of(device);
  if (fold.inner == 1 && fold.columns <= ThreadRow::longest)
    return launch_fold_runs<Op, Forward, S, ThreadRow>(op, stream, fold);
  if (fold.inner == 1 && fold.columns <= WarpRow::longest)
    return launch_fold_runs<Op, Forward, S, WarpRow>(op, stream, fold);
  constexpr std::int64_t widest = 128;  // of the rows a block takes side by side
  const int width = static_cast<int>(fold.inner < widest ? fold.inner : widest);
  const std::int64_t blocks = fold.outer * ((fold.inner + width - 1) / width);
  const std::size_t scratch = Scratch::bytes_of_a_thread * row_threads;
  Split split;
  split.splits = splits_for(blocks, fold.columns, 16 * (row_threads / width));
  if (split.splits == 1) {
    folds_kernel<Op, Forward, S><<<launch_blocks(blocks), row_threads, scratch, stream>>>(op, fold, width, split);
  } else {
    int words = 0;
    rules::UsesRow row{{}, &words};
    if constexpr (Forward) (void)op.forward(row);
    else op.backward(row, Uses(), Uses(), row);
    launch_split(Op::name, device, split, words, Forward, values, fold.columns, [&](const Split& part) {
      const dim3 grid(launch_blocks(blocks), part.phase < words ? static_cast<unsigned>(split.splits) : 1);
      folds_kernel<Op, Forward, S><<<grid, row_threads, scratch, stream>>>(op, fold, width, part);
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
