// Turns one rowwise op struct into its kernels. Included by generated .cu files only, after the op's header.
#pragma once

#include <gradtape/cuda/device_row.h>
#include <gradtape/ops/rowwise.h>

namespace gradtape {

namespace cuda {

template <class Op, bool Forward, class Row>
__host__ __device__ void one_row(const Op& op, const Row& a, const Row& b, Row& out) {
  if constexpr (Forward) op.forward(a, out);
  else if constexpr (requires { op.backward_from_output(a, b, out); }) op.backward_from_output(a, b, out);
  else op.backward(a, b, out);
}

// A run of short rows, read and written as one: a row for each thread. The result stands where the last input stood, or (forward) beside it.
template <class Op, bool Forward, class S>
__global__ void short_rows_kernel(Op op, Rows rows) {
  extern __shared__ __align__(16) unsigned char memory[];
  const std::int64_t first = std::int64_t(blockIdx.x) * short_rows, left = rows.rows - first;
  const int columns = static_cast<int>(rows.columns), run = (left < short_rows ? static_cast<int>(left) : short_rows) * columns;
  S* held[2] = {reinterpret_cast<S*>(memory), reinterpret_cast<S*>(memory) + short_rows * columns};
  for (int k = 0; k < (Forward ? 1 : 2); ++k)
    for (int i = threadIdx.x; i < run; i += short_rows) held[k][i] = static_cast<const S*>(rows.in[k])[first * columns + i];
  __syncthreads();
  if (threadIdx.x < left) {
    Alone team = Alone::of<S>(columns);
    auto row = [&](S* run_of) { return DeviceRow<S, Alone>{run_of + threadIdx.x * columns, columns, 1, &team}; };
    DeviceRow<S, Alone> out = row(held[1]);
    one_row<Op, Forward>(op, row(held[0]), row(held[!Forward]), out);
  }
  __syncthreads();
  for (int i = threadIdx.x; i < run; i += short_rows) static_cast<S*>(rows.out)[first * columns + i] = held[1][i];
}

// A block for each row, or for each part of one. A row that is held is read and written once.
template <class Op, bool Forward, bool Held, class S>
__global__ void rows_kernel(Op op, Rows rows, Split split) {
  extern __shared__ __align__(16) unsigned char memory[];
  const std::int64_t columns = rows.columns, begin = blockIdx.x * columns;
  Together team = Together::of(memory, split, 1, blockIdx.x, rows.rows);
  S* out = static_cast<S*>(rows.out) + begin;
  auto in = [&](int k) { return const_cast<S*>(static_cast<const S*>(rows.in[k])) + begin; };
  auto row = [&](S* data) { return DeviceRow<S, Together>{data, columns, 1, &team}; };
  if constexpr (Held) {
    S* held[2];
    for (int k = 0; k < 2; ++k) {
      held[k] = reinterpret_cast<S*>(memory + Scratch::bytes_of_a_thread * blockDim.x) + k * columns;
      if (k == 0 || !Forward)
        for (std::int64_t i = threadIdx.x; i < columns; i += blockDim.x) held[k][i] = in(k)[i];
    }
    auto result = row(held[1]);  // each thread has only its own elements before it
    one_row<Op, Forward>(op, row(held[0]), row(held[!Forward]), result);
    for (std::int64_t i = threadIdx.x; i < columns; i += blockDim.x) out[i] = held[1][i];
  } else {
    auto result = row(out);
    one_row<Op, Forward>(op, row(in(0)), row(in(!Forward)), result);
  }
}

template <class Op, bool Forward, class S>
int words_of(const Op& op) {
  int words = 0;
  CountingRow<S> row{&words};
  one_row<Op, Forward>(op, row, row, row);
  return words;
}

template <class Op, bool Forward, class S>
void launch_rows(const void* attributes, Device device, const Rows& rows) {
  const Op& op = *static_cast<const Op*>(attributes);
  if (rows.rows == 0 || rows.columns == 0) return;
  const cudaStream_t stream = stream_of(device);
  const auto blocks = static_cast<unsigned>(rows.rows);
  const int threads = threads_for(rows.columns);
  const std::size_t scratch = Scratch::bytes_of_a_thread * threads, held = 2 * static_cast<std::size_t>(rows.columns) * sizeof(S);
  Split split;
  if (rows.columns <= short_row) {
    short_rows_kernel<Op, Forward, S><<<(blocks + short_rows - 1) / short_rows, short_rows, short_rows * held, stream>>>(op, rows);
  } else if (held <= held_bytes) {
    rows_kernel<Op, Forward, true, S><<<blocks, threads, scratch + held, stream>>>(op, rows, split);
  } else if (split.splits = splits_for(rows.rows, rows.columns, 16 * row_threads); split.splits == 1) {
    rows_kernel<Op, Forward, false, S><<<blocks, threads, scratch, stream>>>(op, rows, split);
  } else {
    const int words = words_of<Op, Forward, S>(op);
    const device::Room room(device, bytes_of_parts(split, words, rows.rows));
    divide(split, room.data(), rows.rows, rows.columns);
    for (split.phase = 0; split.phase < words; ++split.phase)
      rows_kernel<Op, Forward, false, S><<<dim3(blocks, static_cast<unsigned>(split.splits)), threads, scratch, stream>>>(op, rows, split);
  }
  check(cudaGetLastError(), Op::name);
}

}  // namespace cuda

template <class Op>
constexpr RowwiseCuda rowwise_cuda() {
  return {{{cuda::launch_rows<Op, true, float>, cuda::launch_rows<Op, false, float>},
           {cuda::launch_rows<Op, true, double>, cuda::launch_rows<Op, false, double>}}};
}

}  // namespace gradtape
