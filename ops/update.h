// Update ops: one step of an optimizer on each number of a parameter, in place and never recorded.
//
// The struct holds `name`, `states` (how many numbers are remembered for each parameter, at most 3), and
// `step(Real& parameter, Real gradient, Real (&state)[3])`. Its members are the step's settings.
#pragma once

#include <gradtape/autograd/tensor.h>
#include <gradtape/ops/vocabulary.h>

namespace gradtape {

struct UpdateLoop {
  void* parameter;
  const void* gradient;
  void* state[3];
  std::int64_t count;  // whole packs are written
};
using UpdateFn = void (*)(const void* op, const UpdateLoop& loop);

struct UpdateRow {
  const char* name;
  int states;
  UpdateFn loops[2][3];  // [float32, float64][instruction set]
};

// Made by gt_add_ops() in a file of its own for each op.
template <class Op>
struct UpdateRowOf {
  static const UpdateRow row;
};

// One step on a parameter that has a gradient; `states` are of the parameter's shape and type. Throws ShapeError when the
// gradient does not fit.
void apply(const UpdateRow& row, const void* op, Tensor& parameter, std::span<Tensor> states, Location where);

template <class Op>
void update(const Op& op, Tensor& parameter, std::span<Tensor> states, Location where) {
  apply(UpdateRowOf<Op>::row, &op, parameter, states, where);
}

}  // namespace gradtape
