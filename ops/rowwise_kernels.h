// Turns one rowwise op struct into its kernels. Included by generated .cu files only, after the op's header.
#pragma once

#include <gradtape/cuda/device_row.h>
#include <gradtape/ops/rowwise.h>
#include <gradtape/ops/rules.h>

namespace gradtape {

namespace cuda {

// Rows that threads or warps have to themselves. The result stands where the last input stood, or (forward) beside it.
template <class Op, bool Forward, class S, class Team>
__global__ void runs_kernel(Op op, Rows rows) {
  extern __shared__ __align__(16) unsigned char memory[];
  const Run<S, Team> run(rows.rows, rows.columns);
  S* held[2] = {run.room(memory, 0), run.room(memory, 1)};
  for (int k = 0; k < (Forward ? 1 : 2); ++k) run.read(held[k], rows.in[k]);
  __syncthreads();
  if (run.has_row()) {
    Team team = Team::template of<S>(rows.columns);
    DeviceRow<S, Team> out = run.row(held[1], team);
    one_row<Op, Forward>(op, run.row(held[0], team), run.row(held[!Forward], team), out);
  }
  __syncthreads();
  run.write(rows.out, held[1]);
}

// A block for each row, or for each part of one. A row that is held is read and written once, each element by the
// thread that works on it.
template <class Op, bool Forward, bool Held, class S>
__global__ void rows_kernel(Op op, Rows rows, Split split) {
  extern __shared__ __align__(16) unsigned char memory[];
  const std::int64_t columns = rows.columns, begin = blockIdx.x * columns;
  BlockRow team = BlockRow::of(memory, split, 1, blockIdx.x, rows.rows, begin);
  S* out = static_cast<S*>(rows.out) + begin;
  auto in = [&](int k) { return const_cast<S*>(static_cast<const S*>(rows.in[k])) + begin; };
  auto row = [&](S* data) { return DeviceRow<S, BlockRow>{data, columns, 1, &team}; };
  if constexpr (Held) {
    S* held[2];
    for (int k = 0; k < 2; ++k) {
      held[k] = reinterpret_cast<S*>(memory + Scratch::bytes_of_a_thread * blockDim.x) + k * columns;
      if (k == 0 || !Forward) team.each(columns, [&](std::int64_t i) { held[k][i] = in(k)[i]; });
    }
    auto result = row(held[1]);
    one_row<Op, Forward>(op, row(held[0]), row(held[!Forward]), result);
    team.each(columns, [&](std::int64_t i) { out[i] = held[1][i]; });
  } else {
    auto result = row(out);
    one_row<Op, Forward>(op, row(in(0)), row(in(!Forward)), result);
  }
}

template <class Op, bool Forward, class S, class Team>
void launch_runs(const Op& op, cudaStream_t stream, const Rows& rows) {
  runs_kernel<Op, Forward, S, Team>
      <<<blocks_of_runs<Team>(rows.rows), Team::threads, 2 * bytes_of_run<S, Team>(rows.columns), stream>>>(op, rows);
  check(cudaGetLastError(), Op::name);
}

template <class Op, bool Forward, class S>
void launch_rows(const void* attributes, Device device, const Rows& rows) {
  const Op& op = *static_cast<const Op*>(attributes);
  if (rows.rows == 0 || rows.columns == 0) return;
  const cudaStream_t stream = stream_of(device);
  if (rows.columns <= ThreadRow::longest) return launch_runs<Op, Forward, S, ThreadRow>(op, stream, rows);
  if (rows.columns <= WarpRow::longest) return launch_runs<Op, Forward, S, WarpRow>(op, stream, rows);
  const unsigned blocks = launch_blocks(rows.rows);
  const std::size_t scratch = Scratch::bytes_of_a_thread * row_threads,
                    held = 2 * static_cast<std::size_t>(rows.columns) * sizeof(S);
  Split split;
  if (held <= held_bytes) {
    rows_kernel<Op, Forward, true, S><<<blocks, row_threads, scratch + held, stream>>>(op, rows, split);
  } else if (split.splits = splits_for(rows.rows, rows.columns, 16 * row_threads); split.splits == 1) {
    rows_kernel<Op, Forward, false, S><<<blocks, row_threads, scratch, stream>>>(op, rows, split);
  } else {
    int words = 0;
    rules::UsesRow row{{}, &words};
    one_row<Op, Forward>(op, row, row, row);
    launch_split(Op::name, device, split, words, false, rows.rows, rows.columns, [&](const Split& part) {
      rows_kernel<Op, Forward, false, S>
          <<<dim3(blocks, static_cast<unsigned>(split.splits)), row_threads, scratch, stream>>>(op, rows, part);
    });
  }
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
