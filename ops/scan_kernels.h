// Turns one scan op struct into its kernels. Included by generated .cu files only, after the op's header.
#pragma once

#include <gradtape/autograd/device_memory.h>
#include <gradtape/cuda/stream.h>
#include <gradtape/ops/rules.h>
#include <gradtape/ops/scan.h>
#include <gradtape/ops/scan_steps.h>

namespace gradtape {

namespace cuda {

// What a launch does: rows from end to end; or, where there are few, parts of them, first what each part comes to, then
// the results, each part from what comes before it.
enum class ScanPass { rows, totals, parts };

// The row that begins at `first`, along which the scan goes.
template <class Op, class S>
struct DeviceScan {
  using Made = Steps<Op, S>;
  using T = ScanResult<Op, S>;
  using Number = std::conditional_t<std::is_integral_v<S>, S, double>;
  using Real = Pack<Number>;
  using State = ScanState<Op, S, Real>;
  static constexpr int inputs = Made::inputs;
  Made steps;
  Scanned scan;
  std::int64_t first;

  __device__ DeviceScan(const Op& op, const Scanned& whole, std::int64_t row)
      : steps{op}, scan(whole), first(row / whole.inner * whole.columns * whole.inner + row % whole.inner) {}
  __device__ std::int64_t place(std::int64_t step) const { return scan.reverse ? scan.columns - 1 - step : step; }
  __device__ S read(int input, std::int64_t step) const {
    return static_cast<const S*>(scan.in[input])[first + place(step) * scan.inner];
  }
  __device__ void write(std::int64_t step, T value) const {
    static_cast<T*>(scan.out)[first + place(step) * scan.inner] = value;
  }
  // The states of a run's elements, each joined with those before it.
  __device__ void scan_run_of(const S (&x)[inputs][scan_run], std::int64_t at, State (&states)[scan_run]) const {
#pragma unroll
    for (int e = 0; e < scan_run; ++e) {
      Number other;
      if constexpr (inputs > 1) other = static_cast<Number>(x[1][e]);
      else other = static_cast<Number>(place(at + e));
      const State one = steps.start(Real(static_cast<Number>(x[0][e])), Real(other));
      states[e] = e == 0 ? one : steps.join(states[e - 1], one);
    }
  }
  __device__ T result(State state) const { return static_cast<T>(steps.finish(state).v); }
};

// A thread for each row, or for each group of it. The states of groups are [groups, rows].
template <class Op, class S, ScanPass pass>
__global__ void scan_threads_kernel(Op op, Scanned scan, void* states) {
  using Row = DeviceScan<Op, S>;
  using State = typename Row::State;
  const std::int64_t rows = scan.outer * scan.inner, thread = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x,
                     group = thread / rows;
  const std::int64_t begin = pass == ScanPass::rows ? 0 : group * scan_group;
  if (begin >= scan.columns || (pass == ScanPass::rows && group > 0)) return;
  const std::int64_t end =
      pass == ScanPass::rows || begin + scan_group > scan.columns ? scan.columns : begin + scan_group;
  const Row row(op, scan, thread % rows);
  Before<State> before;
  if (pass == ScanPass::parts && group > 0) before.above = static_cast<const State*>(states)[thread - rows];
  for (std::int64_t at = begin; at < end; at += scan_run) {
    S x[Row::inputs][scan_run];
    State local[scan_run];
#pragma unroll
    for (int k = 0; k < Row::inputs; ++k)
#pragma unroll
      for (int e = 0; e < scan_run; ++e) x[k][e] = at + e < end ? row.read(k, at + e) : S(0);
    row.scan_run_of(x, at, local);
    if constexpr (pass != ScanPass::totals) {
      State carried = local[0];
      if (at > 0) carried = before.all(row.steps, at);
#pragma unroll
      for (int e = 0; e < scan_run; ++e)
        if (at + e < end) row.write(at + e, row.result(at > 0 ? row.steps.join(carried, local[e]) : local[e]));
    }
    before.take_run(row.steps, local[scan_run - 1], at);
  }
  if constexpr (pass == ScanPass::totals) static_cast<State*>(states)[thread] = before.runs;
}

// What comes up to each part, from what each part comes to: [parts, rows], a thread for each row. Part i is a group, or
// a tile.
template <class Op, class S, bool tiles>
__global__ void scan_states_kernel(Op op, void* states, std::int64_t rows, std::int64_t parts) {
  using State = typename DeviceScan<Op, S>::State;
  const Steps<Op, S> steps{op};
  const std::int64_t row = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  if (row >= rows) return;
  State* const of = static_cast<State*>(states) + row;
  Before<State> before;
  constexpr int some = 16;  // are read at once
  for (std::int64_t first = 0; first < parts; first += some) {
    State next[some];
#pragma unroll
    for (int i = 0; i < some; ++i)
      if (first + i < parts) next[i] = of[(first + i) * rows];
#pragma unroll
    for (int i = 0; i < some; ++i) {
      if (first + i >= parts) break;
      if constexpr (tiles) {
        before.above = first + i == 0 ? next[i] : steps.join(before.above, next[i]);
      } else {
        before.take_group(steps, next[i], (first + i) * scan_group);
      }
      of[(first + i) * rows] = before.above;
    }
  }
}

// A block for each row, or for each tile of it; a thread for each run of a tile. The states of tiles are [tiles, rows].
template <class Op, class S, ScanPass pass>
__global__ void scan_blocks_kernel(Op op, Scanned scan, void* states) {
  using Row = DeviceScan<Op, S>;
  using State = typename Row::State;
  using T = typename Row::T;
  constexpr int apart = scan_run + 1;  // so that threads' runs begin in different banks
  extern __shared__ __align__(16) unsigned char memory[];
  State* const runs = reinterpret_cast<State*>(memory);  // what comes before each, in its group
  State* const groups = runs + blockDim.x;  // and before each group, in its tile
  State* const tiles = groups + 16;  // this one, and all before it
  void* const numbers = tiles + 2;

  const std::int64_t rows = scan.outer * scan.inner, number = blockIdx.x % rows, tile = blockIdx.x / rows;
  const Row row(op, scan, number);
  const auto& steps = row.steps;
  const int me = threadIdx.x, mine = me * scan_run;
  const std::int64_t begin = tile * scan_tile, end = pass == ScanPass::rows || begin + scan_tile > scan.columns
                                                         ? scan.columns
                                                         : begin + scan_tile;
  if (pass == ScanPass::parts && tile > 0 && me == 0)
    tiles[1] = static_cast<const State*>(states)[(tile - 1) * rows + number];
  for (std::int64_t at = begin; at < end; at += scan_tile) {
    const int count = end - at < scan_tile ? static_cast<int>(end - at) : static_cast<int>(scan_tile);
    S x[Row::inputs][scan_run];
    for (int k = 0; k < Row::inputs; ++k) {
      S* const held = static_cast<S*>(numbers);
      for (int i = me; i < count; i += blockDim.x) held[i / scan_run * apart + i % scan_run] = row.read(k, at + i);
      __syncthreads();
#pragma unroll
      for (int e = 0; e < scan_run; ++e) x[k][e] = mine + e < count ? held[me * apart + e] : S(0);
      __syncthreads();
    }
    State local[scan_run];
    row.scan_run_of(x, at + mine, local);
    runs[me] = local[scan_run - 1];
    __syncthreads();
    if (me * 16 < blockDim.x) {
      State* const of = runs + me * 16;
      State sum = of[0];
      for (int i = 1; i < 16; ++i) {
        const State next = of[i];
        of[i] = sum;
        sum = steps.join(sum, next);
      }
      groups[me] = sum;
    }
    __syncthreads();
    if (me == 0) {
      State sum = groups[0];
      for (int i = 1; i * 16 < blockDim.x; ++i) {
        const State next = groups[i];
        groups[i] = sum;
        sum = steps.join(sum, next);
      }
      tiles[0] = sum;
    }
    __syncthreads();
    if constexpr (pass == ScanPass::totals) {
      if (me == 0) static_cast<State*>(states)[tile * rows + number] = tiles[0];
    } else {
      State carried = runs[me];
      if (me / 16 > 0 || at > 0) {
        State above = at > 0 ? tiles[1] : groups[me / 16];
        if (me / 16 > 0 && at > 0) above = steps.join(above, groups[me / 16]);
        carried = me % 16 > 0 ? steps.join(above, carried) : above;
      }
      T* const held = static_cast<T*>(numbers);
#pragma unroll
      for (int e = 0; e < scan_run; ++e)
        held[me * apart + e] = row.result(at + mine > 0 ? steps.join(carried, local[e]) : local[e]);
      __syncthreads();
      for (int i = me; i < count; i += blockDim.x) row.write(at + i, held[i / scan_run * apart + i % scan_run]);
      if (me == 0) tiles[1] = at > 0 ? steps.join(tiles[1], tiles[0]) : tiles[0];
      __syncthreads();
    }
  }
}

template <class Op, class S, ScanPass pass>
void launch_scan_threads(const Op& op, cudaStream_t stream, const Scanned& scan, std::int64_t parts, void* states) {
  scan_threads_kernel<Op, S, pass>
      <<<blocks_for(scan.outer * scan.inner * parts), block_threads, 0, stream>>>(op, scan, states);
}
template <class Op, class S, ScanPass pass>
void launch_scan_blocks(const Op& op, cudaStream_t stream, const Scanned& scan, std::int64_t parts, void* states) {
  using Row = DeviceScan<Op, S>;
  constexpr std::int64_t most = scan_tile / scan_run;
  const std::int64_t runs = (scan.columns + scan_run - 1) / scan_run,
                     threads = runs < most ? (runs + 31) / 32 * 32 : most;
  const std::size_t number = sizeof(S) > sizeof(typename Row::T) ? sizeof(S) : sizeof(typename Row::T);
  const std::size_t bytes = static_cast<std::size_t>(threads + 18) * sizeof(typename Row::State) +
                            static_cast<std::size_t>(threads * (scan_run + 1)) * number;
  scan_blocks_kernel<Op, S, pass>
      <<<launch_blocks(scan.outer * scan.inner * parts), static_cast<unsigned>(threads), bytes, stream>>>(op, scan,
                                                                                                          states);
}

template <class Op, class S>
void launch_scan(const void* attributes, Device device, const Scanned& scan) {
  const Op& op = *static_cast<const Op*>(attributes);
  const cudaStream_t stream = stream_of(device);
  const std::int64_t rows = scan.outer * scan.inner;
  const bool threads = scan.inner >= 8 || scan.columns <= 64;
  const std::int64_t part = threads ? scan_group : scan_tile, parts = (scan.columns + part - 1) / part;
  const std::int64_t enough = threads ? 65536 : 512;  // rows, to keep a device busy
  if (parts <= 2 || rows >= enough) {
    if (threads) launch_scan_threads<Op, S, ScanPass::rows>(op, stream, scan, 1, nullptr);
    else launch_scan_blocks<Op, S, ScanPass::rows>(op, stream, scan, 1, nullptr);
    return check(cudaGetLastError(), Op::name);
  }
  using State = typename DeviceScan<Op, S>::State;
  const device::ScratchBuffer states(Op::name, device, static_cast<std::size_t>(parts * rows) * sizeof(State));
  if (threads) {
    launch_scan_threads<Op, S, ScanPass::totals>(op, stream, scan, parts, states.data());
    scan_states_kernel<Op, S, false><<<blocks_for(rows), block_threads, 0, stream>>>(op, states.data(), rows, parts);
    launch_scan_threads<Op, S, ScanPass::parts>(op, stream, scan, parts, states.data());
  } else {
    launch_scan_blocks<Op, S, ScanPass::totals>(op, stream, scan, parts, states.data());
    scan_states_kernel<Op, S, true><<<blocks_for(rows), block_threads, 0, stream>>>(op, states.data(), rows, parts);
    launch_scan_blocks<Op, S, ScanPass::parts>(op, stream, scan, parts, states.data());
  }
  check(cudaGetLastError(), Op::name);
}

// A thread for each result.
template <class Op, class S, bool carried>
__global__ void scan_slopes_kernel(Op op, SlopePass pass) {
  const std::int64_t i = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= pass.outer * pass.columns * pass.inner) return;
  const S *const x = static_cast<const S*>(pass.x), *const y = static_cast<const S*>(pass.y);
  S* const out = static_cast<S*>(pass.out);
  const std::int64_t column = i / pass.inner % pass.columns, step = pass.reverse ? -pass.inner : pass.inner;
  if constexpr (carried) {
    const bool first = column == (pass.reverse ? pass.columns - 1 : 0);
    const Pack<S> before(first ? S(Op::nothing) : y[i - step]), g(static_cast<const S*>(pass.carried)[i]);
    out[i] = chain(g, op.slopes(Pack<S>(x[i]), before, Pack<S>(y[i])).of[1]).v;
  } else {
    const bool last = column == (pass.reverse ? 0 : pass.columns - 1);
    out[i] = last ? S(0) : op.slopes(Pack<S>(x[i + step]), Pack<S>(y[i]), Pack<S>(y[i + step])).of[0].v;
  }
}
template <class Op, class S>
void launch_scan_slopes(const void* attributes, Device device, const SlopePass& pass) {
  const Op& op = *static_cast<const Op*>(attributes);
  const unsigned blocks = blocks_for(pass.outer * pass.columns * pass.inner);
  const cudaStream_t stream = stream_of(device);
  if (pass.carried) scan_slopes_kernel<Op, S, true><<<blocks, block_threads, 0, stream>>>(op, pass);
  else scan_slopes_kernel<Op, S, false><<<blocks, block_threads, 0, stream>>>(op, pass);
  check(cudaGetLastError(), Op::name);
}

}  // namespace cuda

template <class Op>
constexpr ScanCuda Scan::cuda_kernels() {
  static_assert(rules::scan<Op>());
  ScanCuda row{{cuda::launch_scan<Op, float>, cuda::launch_scan<Op, double>, nullptr}, {}};
  if constexpr (says_slopes<Op>) {
    row.slopes[0] = cuda::launch_scan_slopes<Op, float>;
    row.slopes[1] = cuda::launch_scan_slopes<Op, double>;
  }
  if constexpr (requires { requires Op::integers; }) row.launches[2] = cuda::launch_scan<Op, std::int64_t>;
  return row;
}

}  // namespace gradtape
