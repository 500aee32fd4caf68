// Update ops: one step of an optimizer on each number of a parameter, in place and never recorded.
//
// The struct holds `name`, `states` (how many numbers are remembered for each parameter, at most 3), and
// `step(Real& parameter, Real gradient, Real (&state)[3])`. Its members are the step's settings.
#pragma once

#include <utility>

#include <gradtape/autograd/tensor.h>
#include <gradtape/ops/made.h>
#include <gradtape/ops/vocabulary.h>

namespace gradtape {

struct UpdateLoop {
  void* parameter;
  const void* gradient;
  void* state[3];
  std::int64_t count;  // on the CPU, whole packs are written
};
using UpdateFn = void (*)(const void* op, const UpdateLoop& loop);

// One launch on a device, over at most so many arrays at once; the op is read from the cell where there is one. No op's
// `most` is above most_updates.
struct UpdateCuda {
  int most;
  std::size_t bytes;  // of the op
  void (*launches[2])(const void* op, const void* cell, Device device,
                      std::span<const UpdateLoop> loops);  // float32, float64
};
inline constexpr int most_updates = 144;

struct UpdateRow {
  const char* name;
  int states;
  const UpdateCuda* cuda;  // null in a build without CUDA
  UpdateFn loops[2][3];    // [float32, float64][instruction set]
};

// Made by gt_add_ops() in a file of its own for each op.
template <class Op>
struct UpdateRowOf {
  static const UpdateRow row;
};
template <class Op>
struct UpdateCudaOf {
  static const UpdateCuda row;
};

// A parameter and its gradient.
struct UpdateTarget {
  Tensor* parameter;
  Tensor gradient;
  std::span<Tensor> states;  // of its shape and type, on its device
  std::int64_t steps;        // which of its steps this is, from 1
};

// Hands on the targets that agree with the first in what `key` says of them, then those of the rest, and so on. Changes
// their order.
template <class Key, class Each>
void in_groups(std::span<UpdateTarget> targets, Key key, Each each) {
  while (!targets.empty()) {
    const auto wanted = key(targets[0]);
    std::size_t alike = 1;
    for (std::size_t i = 1; i < targets.size(); ++i)
      if (key(targets[i]) == wanted) std::swap(targets[alike++], targets[i]);
    each(targets.first(alike));
    targets = targets.subspan(alike);
  }
}

// One step on each parameter, with the same settings: on a device, in one launch for all. Throws as other writes in
// place do, and ShapeError when a gradient does not fit; then none is stepped. Changes the targets' order.
void apply(const UpdateRow& row, const void* op, std::span<UpdateTarget> targets, Location where);

template <class Op>
void update(const Op& op, std::span<UpdateTarget> targets, Location where) {
  apply(made_row<UpdateRowOf<Op>>(), &op, targets, where);
}

}  // namespace gradtape
