// Reduce ops: a struct turns one row into one value, in the row's own words.
//
// The struct holds `name`, `samples`, `forward(const Row& x)` and one of: `backward(x, y, gradient, dx)` in the row's
// words (y and gradient are values), `gradient(const Tensor& gradient, const Shape& shape)` in tensor ops when nothing
// of x is needed, or neither. `gives = DType::…` when the result has a type of its own; an op that gives int64 names a
// place in the row. `in_parts = true` where forward asks for nothing but one total of the row, and its count: then a
// long row, or one that is still being made, is taken part by part. `of_parts = true` where the value of a row is that
// of its parts' values: then a long row is taken in two steps. `recorded_backward(x, y, gradient)` in tensor ops,
// rows last, replaces the row's words where the backward pass is itself recorded. What is written in tensor ops may
// meet gradients, and a shape, with one more leading dimension, for many directions at once.
#pragma once

#include <gradtape/autograd/backward.h>
#include <gradtape/autograd/loop.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/family.h>
#include <gradtape/ops/row_words.h>
#include <gradtape/ops/vocabulary.h>

namespace gradtape {

// [outer, columns, inner] → [outer, inner]. backward: y and gradient are [outer, inner], out is like in.
struct Fold {
  void* out;
  const void* in;
  const void* y;
  const void* gradient;
  std::int64_t outer, columns, inner;
};
using FoldFn = void (*)(const void* op, const Fold& fold);

// Writes the value of `count` elements from what was taken of their parts.
using JoinFn = void (*)(const void* op, const std::byte* states, std::int64_t parts, std::int64_t count, void* out);
inline constexpr std::size_t state_bytes = 256;

// The same where columns lie side by side: takes some rows of all, and writes a value for each column of `rows` rows.
using TakeColumnsFn = void (*)(const void* op, const Fold& some, std::byte* state);
using JoinColumnsFn = void (*)(const void* op, const Fold& whole, const std::byte* state);

// For each instruction set: baseline, AVX2, AVX-512.
struct ReduceLoops {
  FoldFn forward[3], backward[3];
  // Null where nothing is done in parts.
  LoopFn take[3];
  JoinFn join[3];
  TakeColumnsFn take_columns[3];
  JoinColumnsFn join_columns[3];
};

using FoldLaunchFn = void (*)(const void* op, Device device, const Fold& fold);
struct ReduceLaunches {
  FoldLaunchFn forward, backward;
};
struct ReduceCuda {
  ReduceLaunches launches[3];  // as the loops
};

struct ReduceKernels : OpInfo {
  std::uint8_t attribute_bytes;
  bool differentiable;
  bool keeps_input;       // backward is in the row's words
  bool places;            // the result is a place in the row
  bool empty_is_error;    // an empty row has no value
  bool of_parts;          // the value of a row is that of its parts' values
  bool typed;             // the result is of type `gives`
  DType gives;
  ReduceLoops loops[3];  // float32, float64, int64 (forward only)
  const ReduceCuda* cuda; // null in a build without CUDA
  Tensor (*gradient)(const void* op, const Tensor& gradient, const Shape& shape);
  Tensor (*recorded)(const void* op, const Tensor& x, const Tensor& y, const Tensor& gradient);  // rows last
  Range samples;
  const void* defaults;
};

// The family: see family.h.
struct Reduce {
  static constexpr auto name = "reduce";
  using Kernels = ReduceKernels;
  using CudaKernels = ReduceCuda;
  template <class Op>
  static constexpr Kernels kernels(const CudaKernels* cuda);
  template <class Op>
  static constexpr CudaKernels cuda_kernels();
};

// Throws IndexError for a dimension that is not there or named twice.
Tensor apply(const ReduceKernels& row, const void* op, const Tensor& x, std::span<const int> dims, bool keepdim,
             Location at);

// What a reduce op has as its backward.
void reduce_backward(Backward& ctx);

template <class Op>
Tensor reduce(const Op& op, const Tensor& x, std::span<const int> dims, bool keepdim, Location at) {
  return apply(kernels_of<Op, Reduce>(), &op, x, dims, keepdim, at);
}

std::vector<Example> examples_of(const ReduceKernels& row);

}  // namespace gradtape
