// Turns one update op struct into its kernels. Included by generated .cu files only, after the op's header.
#pragma once

#include <gradtape/cuda/fault.h>
#include <gradtape/cuda/stream.h>
#include <gradtape/ops/math.h>
#include <gradtape/ops/rules.h>
#include <gradtape/ops/update.h>

namespace gradtape {

namespace cuda {

// The tensors of one launch, handed over with it: parameters, gradients and states, their steps, and the block that
// each begins at.
template <class Op>
struct UpdateTable {
  static constexpr int arrays = 2 + Op::states, counters = counts_steps<Op>;
  // A kernel takes 4 KB at most: these, the op's settings, the learning rate, the error cell, and 64 bytes to spare.
  static constexpr int most = (4096 - 64 - sizeof(Op) - 2 * sizeof(void*)) /
                              ((arrays + counters) * sizeof(void*) + sizeof(std::int64_t) + sizeof(unsigned));
  static_assert(most <= most_updates);

  void* array[arrays][most];
  std::int64_t* steps[counters ? most : 1];
  std::int64_t count[most];
  unsigned first_block[most];
  int tensors;

  // The last tensor that begins at this block or before it.
  __device__ int at(unsigned block) const {
    int low = 0, high = tensors;
    while (high - low > 1) {
      const int middle = (low + high) / 2;
      (first_block[middle] <= block ? low : high) = middle;
    }
    return low;
  }
};

template <class S>
struct Single {
  static constexpr int count = 1;
  S of[1];
};
// As many elements of each array as a part holds, from element i on. The gradient, array 1, is only read.
template <class Part, class Op, class S>
__device__ void step_at(const Op& op, S* const (&array)[2 + Op::states], std::int64_t i) {
  Part parts[2 + Op::states];
  for (int k = 0; k < 2 + Op::states; ++k) parts[k] = *reinterpret_cast<const Part*>(array[k] + i);
  for (int l = 0; l < Part::count; ++l) {
    Pack<S> parameter = parts[0].of[l], state[3];
    for (int k = 0; k < Op::states; ++k) state[k] = parts[2 + k].of[l];
    op.step(parameter, Pack<S>(parts[1].of[l]), state);
    parts[0].of[l] = parameter.v;
    for (int k = 0; k < Op::states; ++k) parts[2 + k].of[l] = state[k].v;
  }
  for (int k = 0; k < 2 + Op::states; ++k)
    if (k != 1) *reinterpret_cast<Part*>(array[k] + i) = parts[k];
}

// A block takes `block_threads` times 128 bits of one tensor. Where not all its arrays are aligned, neighbouring
// threads take neighbouring elements instead. Nothing is written while the device's error cell is set: a gradient from
// bad labels is none.
template <class S>
constexpr int block_elements = block_threads * Wide<S>::count;
template <class S>
__host__ __device__ unsigned blocks_of(std::int64_t count) {
  return static_cast<unsigned>((count + block_elements<S> - 1) / block_elements<S>);
}

// How many blocks of each tensor are done: 0 between launches.
template <class Op>
__device__ unsigned blocks_done[UpdateTable<Op>::most];

template <class Op, class S>
__global__ void update_kernel(Op settings, UpdateTable<Op> table, const double* lr, const unsigned* fault) {
  if (*fault) return;
  const int tensor = table.at(blockIdx.x);
  std::int64_t step = 0;  // known to the first thread, which begins for all
  __shared__ __align__(8) unsigned char begun[sizeof(Op)];
  if (threadIdx.x == 0) {
    if constexpr (counts_steps<Op>) step = *table.steps[tensor] + 1;
    Op op = settings;
    begin_step(op, *lr, step);
    *reinterpret_cast<Op*>(begun) = op;
  }
  __syncthreads();
  const Op op = *reinterpret_cast<const Op*>(begun);
  const std::int64_t first = std::int64_t(blockIdx.x - table.first_block[tensor]) * block_elements<S>,
                     left = table.count[tensor] - first;
  S* array[2 + Op::states];
  std::uintptr_t all = 0;
  for (int k = 0; k < 2 + Op::states; ++k) {
    array[k] = static_cast<S*>(table.array[k][tensor]) + first;
    all |= reinterpret_cast<std::uintptr_t>(array[k]);
  }
  const int end = static_cast<int>(left < block_elements<S> ? left : block_elements<S>),
            whole = all % sizeof(Wide<S>) ? 0 : end / Wide<S>::count;
  if (threadIdx.x < whole) step_at<Wide<S>>(op, array, threadIdx.x * Wide<S>::count);
  for (int i = whole * Wide<S>::count + threadIdx.x; i < end; i += block_threads) step_at<Single<S>>(op, array, i);
  if constexpr (counts_steps<Op>) {  // by the block that is done last, for all have read it then
    if (threadIdx.x != 0) return;
    __threadfence();
    if (atomicAdd(&blocks_done<Op>[tensor], 1u) + 1 < blocks_of<S>(table.count[tensor])) return;
    blocks_done<Op>[tensor] = 0;
    *table.steps[tensor] = step;
  }
}

template <class Op, class S>
void launch_update(const void* settings, Device device, std::span<const UpdateLoop> loops, const double* lr) {
  UpdateTable<Op> table;
  table.tensors = static_cast<int>(loops.size());
  unsigned blocks = 0;
  for (std::size_t i = 0; i < loops.size(); ++i) {
    table.array[0][i] = loops[i].parameter;
    table.array[1][i] = const_cast<void*>(loops[i].gradient);
    for (int k = 0; k < Op::states; ++k) table.array[2 + k][i] = loops[i].state[k];
    if constexpr (counts_steps<Op>) table.steps[i] = loops[i].steps;
    table.count[i] = loops[i].count;
    table.first_block[i] = blocks;
    blocks += blocks_of<S>(loops[i].count);
  }
  if (blocks == 0) return;
  const Op op = *static_cast<const Op*>(settings);
  update_kernel<Op, S><<<blocks, block_threads, 0, stream_of(device)>>>(op, table, lr, fault_flag(device));
  check(cudaGetLastError(), Op::name);
}

}  // namespace cuda

template <class Op>
constexpr UpdateCuda Update::cuda_kernels() {
  static_assert(rules::update<Op>());
  return {cuda::UpdateTable<Op>::most, {cuda::launch_update<Op, float>, cuda::launch_update<Op, double>}};
}

}  // namespace gradtape
