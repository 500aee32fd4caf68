// Rowwise ops: a struct speaks of one row in the row's own words (max, sum, assign), and the CPU, a CUDA block or a
// Tensor lends it the words.
//
// The struct holds `name`, `samples`, `forward(const Row& x, Row& y)` and one of `backward(x, gradient, dx)`,
// `backward_from_output(y, gradient, dx)`.
#pragma once

#include <gradtape/autograd/backward.h>
#include <gradtape/ops/family.h>
#include <gradtape/ops/row_words.h>
#include <gradtape/ops/vocabulary.h>

namespace gradtape {

template <class Op, class Row>
constexpr bool row_keeps_output = requires(const Op& op, Row& row) { op.backward_from_output(row, row, row); };
template <class Op, bool Forward, class Row>
GT_FN void one_row(const Op& op, const Row& a, const Row& b, Row& out) {
  if constexpr (Forward) op.forward(a, out);
  else if constexpr (row_keeps_output<Op, Row>) op.backward_from_output(a, b, out);
  else op.backward(a, b, out);
}

// [rows, columns] arrays. forward: in[0] = x; backward: in[0] = x or y, in[1] = the gradient.
struct Rows {
  void* out;
  const void* in[2];
  std::int64_t rows, columns;
};
using RowsFn = void (*)(const void* op, const Rows& rows);

// For each instruction set: baseline, AVX2, AVX-512.
struct RowwiseLoops {
  RowsFn forward[3], backward[3];
};

using RowsLaunchFn = void (*)(const void* op, Device device, const Rows& rows);
struct RowwiseCuda {
  struct {
    RowsLaunchFn forward, backward;
  } launches[2];  // float32, float64
};

struct RowwiseKernels : OpInfo {
  bool keeps_output;
  std::uint8_t attribute_bytes;
  RowwiseLoops loops[2];  // float32, float64
  const RowwiseCuda* cuda; // null in a build without CUDA
  Tensor (*recorded)(const void* op, const Tensor& kept, const Tensor& gradient);  // rows in the last dimension
  Range samples;
  const void* defaults;
};

// The family: see family.h.
struct Rowwise {
  static constexpr auto name = "rowwise";
  using Kernels = RowwiseKernels;
  using CudaKernels = RowwiseCuda;
  template <class Op>
  static constexpr Kernels kernels(const CudaKernels* cuda);
  template <class Op>
  static constexpr CudaKernels cuda_kernels();
};

// The op along one dimension of x (negative numbers count from the last). Throws IndexError.
Tensor apply(const RowwiseKernels& row, const void* op, const Tensor& x, int dim, Location at);

// What a rowwise op has as its backward.
void rowwise_backward(Backward& walk);

template <class Op>
Tensor rowwise(const Op& op, const Tensor& x, int dim, Location at) {
  return apply(kernels_of<Op, Rowwise>(), &op, x, dim, at);
}

std::vector<Example> examples_of(const RowwiseKernels& row);

}  // namespace gradtape
