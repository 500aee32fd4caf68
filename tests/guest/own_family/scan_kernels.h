// Turns one scan op struct into its kernels. Included by generated .cu files only, after the op's header.
#pragma once

#include <gradtape/cuda/stream.h>
#include <gradtape/ops/math.h>

#include "scan.h"

namespace mine {

// A thread for each row.
template <class Op, class S>
__global__ void scan_kernel(Lines lines) {
  const std::int64_t row = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  if (row >= lines.rows) return;
  const S* x = static_cast<const S*>(lines.in) + row * lines.columns;
  S* y = static_cast<S*>(lines.out) + row * lines.columns;
  y[0] = x[0];
  for (std::int64_t i = 1; i < lines.columns; ++i)
    y[i] = Op::forward(gradtape::Pack<S>(y[i - 1]), gradtape::Pack<S>(x[i])).v;
}
template <class Op, class S>
void launch_scan(gradtape::Device device, const Lines& lines) {
  const unsigned blocks = gradtape::cuda::blocks_for(lines.rows);
  scan_kernel<Op, S><<<blocks, gradtape::cuda::block_threads, 0, gradtape::cuda::stream_of(device)>>>(lines);
  gradtape::cuda::check(cudaGetLastError(), Op::name);
}

template <class Op>
constexpr ScanCuda Scan::cuda_kernels() {
  return {{launch_scan<Op, float>, launch_scan<Op, double>}};
}

}  // namespace mine
