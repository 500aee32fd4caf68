// Pointwise ops: what an op's header needs to turn its struct into a function on tensors.
//
// The struct holds `name`, `samples` (where tests draw inputs), `forward` over one to three numbers, and one of
// `slope` (from the inputs), `slope_from_output`, or nothing (then it is derived from `forward`). A slope that is yes
// or no may be a mask. `forward` may return a mask: then the result is bool. Attributes are members of the struct.
// `integers = true` says that the op computes integers as integers; else they are taken as float32. `not_for_bool`
// refuses bool, and says the way out; `only_integers` refuses floating numbers likewise, and no loops over them are
// made: such a formula may say & | ^ ~ << >> too. `differentiable = false` says that no gradient flows.
#pragma once

#include <gradtape/autograd/backward.h>
#include <gradtape/autograd/loop.h>
#include <gradtape/ops/family.h>
#include <gradtape/ops/op_text.h>
#include <gradtape/ops/vocabulary.h>

namespace gradtape {

// One op's loops over one type, for each instruction set: baseline, AVX2, AVX-512.
struct PointwiseLoops {
  LoopFn forward[3];
  LoopFn backward[4][3];  // the gradient of one input, or [3] of all
};

struct DevicePass;
using LaunchFn = void (*)(const void* op, const DevicePass& pass);
struct PointwiseLaunches {
  LaunchFn forward;
  LaunchFn backward[4];
};
struct PointwiseCuda {
  PointwiseLaunches launches[2];  // float32, float64
  LaunchFn integers;
  OpText text;
};

struct PointwiseKernels : OpInfo {
  std::uint8_t inputs;
  std::uint8_t attribute_bytes;
  bool differentiable;
  bool gives_mask;               // the result is bool
  std::uint8_t uses[3];          // what slope i reads: bit k for input k, bit 7 for the output
  std::uint8_t ones;             // bit i: slope i is 1
  PointwiseLoops loops[2];       // float32, float64; null where the op takes integers alone
  LoopFn integer_loops[3];       // over int64, for each instruction set; null where integers are taken as float32
  const char* not_for_bool;      // the way out, where bool is refused
  const char* only_integers;     // where floating numbers are
  const PointwiseCuda* cuda;     // null in a build without CUDA
  Tensor (*recorded)(const void* op, const Tensor* x, const Tensor& y, const Tensor& gradient, int input);
  Range samples;
  const void* defaults;  // a default-made op, for tests
};

// The family: see family.h.
struct Pointwise {
  static constexpr auto name = "pointwise";
  using Kernels = PointwiseKernels;
  using CudaKernels = PointwiseCuda;
  template <class Op>
  static constexpr Kernels kernels(const CudaKernels* cuda);
  template <class Op>
  static constexpr CudaKernels cuda_kernels(OpText text);
};

// The op on tensors, broadcast against each other; recorded where a gradient flows. Throws ShapeError when they do not
// broadcast, DeviceError when they are on different devices.
template <int N>
Tensor apply(const PointwiseKernels& row, const void* op, const Tensor* const (&x)[N], Location at);

// Throws DTypeError for floating numbers.
void require_integers(const PointwiseKernels& row, std::initializer_list<const Tensor*> x, Location at);

template <class Op, class... X>
Tensor pointwise(const Op& op, Location at, const X&... x) {
  if constexpr (requires { Op::only_integers; }) require_integers(kernels_of<Op, Pointwise>(), {&x...}, at);
  return apply<sizeof...(X)>(kernels_of<Op, Pointwise>(), &op, {&x...}, at);
}

inline bool are_bools(const Tensor& a, const Tensor& b) {
  return a.defined() && b.defined() && a.dtype() == DType::boolean && b.dtype() == DType::boolean;
}

std::vector<Example> examples_of(const PointwiseKernels& row);

}  // namespace gradtape
