#include <gradtape/ops/pointwise_launch.h>

#include <gradtape/ops/cpu/level.h>
#include <gradtape/ops/cpu/pointwise_inputs.h>
#include <gradtape/ops/pointwise_device.h>

namespace gradtape {
namespace {

constexpr int most_inputs = 3;

const PointwiseKernels& row_of(const Launch& work) { return *static_cast<const PointwiseKernels*>(work.row); }

Launch work_of(const PointwiseKernels& row, const Kernel& kernel, const void* op, DType type, int writes, int reads,
               const TensorData* const* tensors) {
  return {.kernel = &kernel,
          .name = row.name,
          .settings = op,
          .settings_bytes = row.attribute_bytes,
          .writes = static_cast<std::uint16_t>(writes),
          .reads = static_cast<std::uint16_t>(reads),
          .tensors = tensors,
          .row = &row,
          .type = type};
}

// Forward: writes the result, reads the inputs.

LoopFn forward_loop(const Launch& work) {
  const PointwiseKernels& row = row_of(work);
  return (is_floating(work.type) ? row.loops[loops_of_type(work.type)].forward : row.integer_loops)[cpu_level()];
}
void forward_on_cpu(const Launch& work) {
  const TensorData& out = *work.out();
  Source sources[most_inputs];
  Loop loop{};
  loop.out[0] = out.data;
  loop.count = out.count;
  for (const void*& in : loop.in) in = nothing;
  for (int i = 0; i < work.reads; ++i) sources[i].set(loop, i, work.in(i), work.type, out.shape, out.count);
  Runner{forward_loop(work), work.settings, work.type, size_of(out.dtype), out.shape, {sources, work.reads}}(loop);
}
// What a device's pass reads: 16 bits where all tensors but masks are kept so.
DType storage_of(const Launch& work) {
  DType storage = work.type;
  for (int i = 0; i < work.reads; ++i) {
    const TensorData& x = *work.in(i);
    if (x.storage->device == Device::cpu() || x.dtype == DType::boolean) continue;
    if (!is_half(x.dtype) || (storage != work.type && storage != x.dtype)) return work.type;
    storage = x.dtype;
  }
  return storage;
}
void forward_on_cuda(const Launch& work) {
  const PointwiseCuda& cuda = cuda_kernels_of(row_of(work));
  DeviceRun pass(work, storage_of(work), *work.out());
  for (int i = 0; i < work.reads; ++i) pass.read(i, work.in(i));
  pass.write(0, work.out()->data);
  pass(is_floating(work.type) ? cuda.launches[loops_of_type(work.type)].forward : cuda.integers, work.settings);
}
bool forward_elementwise(const Launch& work, Elementwise& pass) {
  const TensorData& out = *work.out();
  if (!out.in_packs) return false;
  pass = pass_without_inputs(forward_loop(work), out.count, work.type, out.dtype);
  pass.loop.out[0] = out.data;
  bool joins = true;
  for (int i = 0; i < work.reads; ++i)
    joins &= join(pass, i, *work.in(i), work.type, out, [](const Launch& from, std::byte* room) {
      for (int k = 0; k < from.reads; ++k) spread_number(from.in(k), from.type, *from.out(), room + 64 * k);
    });
  return joins;
}
constexpr Kernel forward_kernel{forward_on_cpu, forward_on_cuda, forward_elementwise};

// Backward: writes the gradients of the inputs, and reads in this order; null where none is wanted, and none kept.
constexpr int gradient_at = 0, result_at = 1, inputs_at = 2;

int wanted_pass(const Launch& work) {
  unsigned wanted = 0;
  for (int i = 0; i < work.writes; ++i) wanted |= (work.out(i) ? 1u : 0u) << i;
  return pass_of(work.writes, wanted);
}
LoopFn backward_loop(const Launch& work) {
  return row_of(work).loops[loops_of_type(work.type)].backward[wanted_pass(work)][cpu_level()];
}
void backward_on_cpu(const Launch& work) {
  const TensorData& g = *work.in(gradient_at);
  const TensorData* const y = work.in(result_at);
  Source sources[most_inputs];
  Loop loop;
  loop.count = g.count;
  loop.gradient = g.data;
  loop.y = y ? y->data : nothing;
  for (int i = 0; i < work.writes; ++i) {
    loop.out[i] = work.out(i) ? work.out(i)->data : nullptr;
    loop.in[i] = nothing;
    loop.step[i] = 0;
    if (const TensorData* x = work.in(inputs_at + i)) sources[i].set(loop, i, x, g.dtype, g.shape, g.count);
  }
  Runner{backward_loop(work), work.settings, g.dtype, size_of(g.dtype), g.shape, {sources, work.writes}}(loop);
}
void backward_on_cuda(const Launch& work) {
  const TensorData& g = *work.in(gradient_at);
  DeviceRun pass(work, g.dtype, g);
  pass.read_gradient(&g);
  if (const TensorData* y = work.in(result_at)) pass.read_result(y);
  for (int i = 0; i < work.writes; ++i) {
    if (const TensorData* x = work.in(inputs_at + i)) pass.read(i, x);
    if (work.out(i)) pass.write(i, work.out(i)->data);
  }
  pass(cuda_kernels_of(row_of(work)).launches[loops_of_type(g.dtype)].backward[wanted_pass(work)], work.settings);
}
bool backward_elementwise(const Launch& work, Elementwise& pass) {
  const TensorData& g = *work.in(gradient_at);
  const TensorData* const y = work.in(result_at);
  if (!g.in_packs || (y && !y->in_packs)) return false;
  pass = pass_without_inputs(backward_loop(work), g.count, g.dtype, g.dtype);
  pass.loop.gradient = g.data;
  if (y) pass.loop.y = y->data;
  bool joins = true;
  for (int i = 0; i < work.writes; ++i) {
    if (work.out(i)) pass.loop.out[i] = work.out(i)->data;
    if (const TensorData* x = work.in(inputs_at + i))
      joins &= join(pass, i, *x, g.dtype, g, [](const Launch& from, std::byte* room) {
        const TensorData& like = *from.in(gradient_at);
        for (int k = 0; k < from.writes; ++k) spread_number(from.in(inputs_at + k), like.dtype, like, room + 64 * k);
      });
  }
  return joins;
}
constexpr Kernel backward_kernel{backward_on_cpu, backward_on_cuda, backward_elementwise};

}  // namespace

void launch_forward(const PointwiseKernels& row, const void* op, DType type, const TensorData* y,
                    const Tensor* const* x) {
  const TensorData* tensors[1 + most_inputs] = {y};
  for (int i = 0; i < row.inputs; ++i) tensors[1 + i] = x[i]->tensor_data();
  launch(work_of(row, forward_kernel, op, type, 1, row.inputs, tensors));
}

void launch_backward(const PointwiseKernels& row, const void* op, const Tensor* gradients, const TensorData* g,
                     const TensorData* y, const TensorData* const* x) {
  const int inputs = row.inputs;
  const TensorData* tensors[most_inputs + inputs_at + most_inputs];
  const TensorData** const read = tensors + inputs;
  read[gradient_at] = g;
  read[result_at] = y;
  for (int i = 0; i < inputs; ++i) {
    tensors[i] = gradients[i].tensor_data();
    read[inputs_at + i] = x[i];
  }
  launch(work_of(row, backward_kernel, op, g->dtype, inputs, inputs_at + inputs, tensors));
}

std::optional<PointwisePass> pointwise_pass(const Launch& work) {
  const bool forward = work.kernel == &forward_kernel;
  if (!forward && work.kernel != &backward_kernel) return {};
  PointwisePass pass{};
  pass.row = &row_of(work);
  pass.gradient = -1;
  pass.type = work.type;
  pass.settings = work.settings;
  for (int i = 0; i < work.writes; ++i) pass.out[i] = work.out(i);
  for (int i = 0; i < pass.row->inputs; ++i) pass.x[i] = work.in(forward ? i : inputs_at + i);
  pass.like = work.out();
  if (forward) return pass;
  pass.y = work.in(result_at);
  pass.like = pass.g = work.in(gradient_at);
  pass.gradient = wanted_pass(work);
  return pass;
}

}  // namespace gradtape
