#include <gradtape/ops/update.h>

#include <algorithm>
#include <cstring>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/leaf.h>
#include <gradtape/autograd/loop.h>
#include <gradtape/autograd/tape.h>
#include <gradtape/autograd/team.h>
#include <gradtape/ops/cpu/level.h>

namespace gradtape {
namespace {

UpdateLoop part_of(const UpdateLoop& whole, std::int64_t first, std::int64_t count, std::size_t size) {
  const auto bytes = static_cast<std::size_t>(first) * size;
  UpdateLoop part = whole;
  part.parameter = static_cast<std::byte*>(whole.parameter) + bytes;
  part.gradient = static_cast<const std::byte*>(whole.gradient) + bytes;
  for (void*& state : part.state)
    if (state) state = static_cast<std::byte*>(state) + bytes;
  part.count = count;
  return part;
}

// The last, short pack, by way of buffers: a parameter may be a view, with other numbers behind it.
void run_tail(UpdateFn run, const void* op, const UpdateLoop& tail, std::size_t size) {
  alignas(64) std::byte buffers[5][64] = {};
  const auto bytes = static_cast<std::size_t>(tail.count) * size;
  void* const written[4] = {tail.parameter, tail.state[0], tail.state[1], tail.state[2]};
  for (int i = 0; i < 4; ++i)
    if (written[i]) std::memcpy(buffers[i], written[i], bytes);
  std::memcpy(buffers[4], tail.gradient, bytes);
  run(op, {buffers[0], buffers[4], {buffers[1], buffers[2], buffers[3]}, tail.count, nullptr});
  for (int i = 0; i < 4; ++i)
    if (written[i]) std::memcpy(written[i], buffers[i], bytes);
}

// Note: what a step writes and reads. Of each parameter in turn it writes the numbers, the states and, where the op
// counts them, the steps. It reads each one's gradient, the learning rate, and all that it writes.
const UpdateKernels& row_of(const Launch& work) { return *static_cast<const UpdateKernels*>(work.row); }
int width_of(const UpdateKernels& row) { return 1 + row.states + row.counts; }
int parameters_of(const Launch& work) { return work.writes / width_of(row_of(work)); }
const double* rate_of(const Launch& work) { return elements<const double>(work.in(parameters_of(work))); }
UpdateLoop loop_of(const Launch& work, int number) {
  const UpdateKernels& row = row_of(work);
  const TensorData* const* written = work.tensors + number * width_of(row);
  UpdateLoop loop{written[0]->data, work.in(number)->data, {}, written[0]->count, nullptr};
  for (int i = 0; i < row.states; ++i) loop.state[i] = written[1 + i]->data;
  if (row.counts) loop.steps = elements<std::int64_t>(written[1 + row.states]);
  return loop;
}

// A parameter's step that has begun: its settings are those of this step.
struct BegunStep {
  UpdateFn run;
  alignas(8) std::byte op[UINT8_MAX];

  BegunStep(const Launch& work, int number) : run(row_of(work).loops[loops_of_type(work.type)][cpu_level()]) {
    std::memcpy(op, work.settings, row_of(work).attribute_bytes);
    std::int64_t* const steps = loop_of(work, number).steps;
    row_of(work).begin(op, *rate_of(work), steps ? ++*steps : 0);
  }
};

void run_on_cpu(const Launch& work) {
  const std::size_t size = size_of(work.type);
  const auto lanes = static_cast<std::int64_t>(64 / size);
  for (int i = 0; i < parameters_of(work); ++i) {
    const UpdateLoop loop = loop_of(work, i);
    const BegunStep step(work, i);
    const std::int64_t whole = loop.count / lanes * lanes;
    parallel_for((whole + part_of_pass - 1) / part_of_pass, [&](std::int64_t number) {
      const std::int64_t first = number * part_of_pass;
      step.run(step.op, part_of(loop, first, std::min(part_of_pass, whole - first), size));
    });
    if (whole < loop.count) run_tail(step.run, step.op, part_of(loop, whole, loop.count - whole, size), size);
  }
}
void run_on_cuda(const Launch& work) {
  UpdateLoop loops[most_updates];
  const int count = parameters_of(work);
  for (int i = 0; i < count; ++i) loops[i] = loop_of(work, i);
  const auto launch = cuda_kernels_of(row_of(work)).launches[loops_of_type(work.type)];
  launch(work.settings, work.device(), {loops, static_cast<std::size_t>(count)}, rate_of(work));
}

// One step as a pass: the parameter and its states are what it writes. It is begun behind the loop that it is for.
static_assert(sizeof(BegunStep) <= room_bytes);
void begin(const Launch& work, std::byte* room) { new (room) BegunStep(work, 0); }
void run_begun(const void* settings, const Loop& loop) {
  const auto& step = *static_cast<const BegunStep*>(settings);
  step.run(step.op, {loop.out[0], loop.gradient, {loop.out[1], loop.out[2], nullptr}, loop.count, nullptr});
}
// May whole packs be written? Behind a view lie the numbers of others.
bool has_packs(const TensorData& x) {
  return x.in_packs && x.storage->bytes == static_cast<std::size_t>(x.count) * size_of(x.dtype);
}
bool elementwise(const Launch& work, Elementwise& pass) {
  const UpdateKernels& row = row_of(work);
  if (parameters_of(work) != 1 || row.states > 2 || !work.in(0)->in_packs) return false;
  for (int i = 0; i < 1 + row.states; ++i)
    if (!has_packs(*work.out(i))) return false;
  const UpdateLoop whole = loop_of(work, 0);
  pass = {.run = run_begun, .loop = {}, .size = size_of(work.type), .out_size = size_of(work.type)};
  pass.loop = {.out = {whole.parameter, whole.state[0], whole.state[1]},
               .in = {},
               .y = nullptr,
               .gradient = whole.gradient,
               .step = {},
               .count = whole.count};
  pass.prepare = begin;
  pass.prepares_settings = true;
  return true;
}
constexpr Kernel kernel{run_on_cpu, run_on_cuda, elementwise};

void require_fitting(const UpdateKernels& row, const UpdateTarget& target, Location at) {
  const Tensor &parameter = *target.parameter, &gradient = target.gradient;
  require_writable(row.name, parameter, at);
  if (!(gradient.shape() == parameter.shape()) || gradient.dtype() != parameter.dtype())
    fail<ShapeError>(at, row.name, "the gradient does not fit its parameter",
                     {{"parameter", parameter}, {"gradient", gradient}});
}

// Dense parameters of one type on one device, as many as one launch takes.
void step_together(const UpdateKernels& row, const void* op, std::span<const UpdateTarget> targets, Location at) {
  const TensorData* tensors[most_updates * (2 * 5 + 1) + 1];
  std::size_t count = 0;
  const auto add = [&](const Tensor& x) { tensors[count++] = x.tensor_data(); };
  for (const UpdateTarget& target : targets) {
    add(*target.parameter);
    for (const Tensor& state : target.states) add(state);
    if (row.counts) add(*target.steps);
  }
  const std::size_t writes = count;
  for (const UpdateTarget& target : targets) add(target.gradient);
  add(*targets[0].lr);
  std::copy_n(tensors, writes, tensors + count);
  launch({.kernel = &kernel,
          .name = row.name,
          .settings = op,
          .settings_bytes = row.attribute_bytes,
          .writes = static_cast<std::uint16_t>(writes),
          .reads = static_cast<std::uint16_t>(count),
          .tensors = tensors,
          .row = &row,
          .type = targets[0].gradient.dtype()});
  for (const UpdateTarget& target : targets) target.parameter->mark_written(at);
}
void step_a_copy(const UpdateKernels& row, const void* op, UpdateTarget target, Location at) {
  Tensor dense = target.parameter->contiguous();
  Tensor& parameter = *std::exchange(target.parameter, &dense);
  step_together(row, op, {&target, 1}, at);
  parameter.copy_(dense, at);
}

// How many targets one launch takes, from the first on; on a device, those that go with the first are brought to it.
std::size_t count_together(const UpdateKernels& row, std::span<UpdateTarget> targets) {
  const Tensor& first = *targets[0].parameter;
  if (first.device() == Device::cpu() || !first.is_contiguous()) return 1;
  const auto rest = std::partition(
      targets.begin(), targets.end(), [lr = targets[0].lr, type = first.dtype()](const UpdateTarget& target) {
        return target.lr == lr && target.parameter->dtype() == type && target.parameter->is_contiguous();
      });
  return std::min(static_cast<std::size_t>(rest - targets.begin()),
                  static_cast<std::size_t>(cuda_kernels_of(row).most));
}

}  // namespace

void apply(const UpdateKernels& row, const void* op, std::span<UpdateTarget> targets, Location at) {
  Call call(at);
  for (const UpdateTarget& target : targets) require_fitting(row, target, at);
  NoGrad pause;
  for (UpdateTarget& target : targets) target.gradient = target.gradient.contiguous();
  while (!targets.empty()) {
    const std::size_t count = count_together(row, targets);
    if (targets[0].parameter->is_contiguous()) step_together(row, op, targets.first(count), at);
    else step_a_copy(row, op, targets[0], at);
    targets = targets.subspan(count);
  }
}

}  // namespace gradtape
