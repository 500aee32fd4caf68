// Update ops: one step of an optimizer on each number of a parameter, in place and never recorded.
//
// The struct holds `name`, `states` (how many numbers are remembered for each parameter, at most 3), and
// `step(Real& parameter, Real gradient, Real (&state)[3])`. Its members are the settings; `lr` becomes the learning
// rate of each step. Where it matters which step it is, from 1, `begin(Real lr, std::int64_t t)` makes of the settings
// those of the step.
#pragma once

#include <span>

#include <gradtape/autograd/tensor.h>
#include <gradtape/ops/family.h>
#include <gradtape/ops/vocabulary.h>

namespace gradtape {

struct UpdateLoop {
  void* parameter;
  const void* gradient;
  void* state[3];
  std::int64_t count;  // on the CPU, whole packs are written
  std::int64_t* steps;  // done before; null for ops that do not count them
};
using UpdateFn = void (*)(const void* op, const UpdateLoop& loop);

// One launch on a device, over at most so many arrays at once. It counts their steps. No op's `most` is above
// most_updates.
struct UpdateCuda {
  int most;
  void (*launches[2])(const void* op, Device device, std::span<const UpdateLoop> loops,
                      const double* lr);  // float32, float64
};
inline constexpr int most_updates = 144;

struct UpdateKernels {
  const char* name;
  int states;
  bool counts;  // its steps
  std::uint8_t attribute_bytes;
  void (*begin)(void* op, double lr, std::int64_t t);
  const UpdateCuda* cuda;  // null in a build without CUDA
  UpdateFn loops[2][3];  // [float32, float64][instruction set]; of an op that has begun
};

// The family: see family.h.
struct Update {
  static constexpr auto name = "update";
  using Kernels = UpdateKernels;
  using CudaKernels = UpdateCuda;
  template <class Op>
  static constexpr Kernels kernels(const CudaKernels* cuda);
  template <class Op>
  static constexpr CudaKernels cuda_kernels();
};

template <class Op>
inline constexpr bool counts_steps = requires(Op& op) { op.begin(1.0, std::int64_t(1)); };
template <class Op>
GT_FN void begin_step(Op& op, double lr, std::int64_t t) {
  if constexpr (counts_steps<Op>) op.begin(lr, t);
  else op.lr = lr;
}
// xⁿ, a word of begin(): by squares, so that every device has the same bits.
GT_FN double power(double x, std::int64_t n) {
  double product = 1;
  for (; n > 0; n /= 2, x *= x)
    if (n % 2) product *= x;
  return product;
}

// A parameter and its gradient. What changes from step to step is in tensors, on the parameter's device: captured steps
// read them.
struct UpdateTarget {
  Tensor* parameter;
  Tensor gradient;
  std::span<Tensor> states;  // of its shape and type
  const Tensor* lr;  // the learning rate, a float64
  Tensor* steps;  // an int64: how many were done. Update ops that ask for it count on
};

// One step on each parameter, with the same settings: on a device, in one launch for all. Throws ShapeError when a
// gradient does not fit; then none is stepped. Changes the targets: their order, and gradients that are not dense.
void apply(const UpdateKernels& row, const void* op, std::span<UpdateTarget> targets, Location at);

template <class Op>
void update(const Op& op, std::span<UpdateTarget> targets, Location at) {
  apply(kernels_of<Op, Update>(), &op, targets, at);
}

}  // namespace gradtape
