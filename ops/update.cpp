#include <gradtape/ops/update.h>

#include <algorithm>
#include <cstring>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/graph.h>
#include <gradtape/autograd/profiler_range.h>
#include <gradtape/autograd/tape.h>
#include <gradtape/ops/cpu/level.h>
#include <gradtape/autograd/team.h>

namespace gradtape {
namespace {

constexpr std::int64_t chunk = 16384;

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
  UpdateLoop loop{buffers[0], buffers[1], {buffers[2], buffers[3], buffers[4]}, tail.count};
  std::memcpy(buffers[0], tail.parameter, bytes);
  std::memcpy(buffers[1], tail.gradient, bytes);
  for (int i = 0; i < 3; ++i)
    if (tail.state[i]) std::memcpy(buffers[2 + i], tail.state[i], bytes);
  run(op, loop);
  std::memcpy(tail.parameter, buffers[0], bytes);
  for (int i = 0; i < 3; ++i)
    if (tail.state[i]) std::memcpy(tail.state[i], buffers[2 + i], bytes);
}

void require_fitting(const UpdateRow& row, const UpdateTarget& target, Location where) {
  const Tensor &parameter = *target.parameter, &gradient = target.gradient;
  require_writable(row.name, parameter, where);
  if (!(gradient.shape() == parameter.shape()) || gradient.dtype() != parameter.dtype())
    fail<ShapeError>(where, row.name, "the gradient does not fit its parameter",
                     {{"parameter", parameter}, {"gradient", gradient}});
}

// The dense arrays of a target, and what keeps them.
struct Arrays {
  Tensor parameter, gradient;
  UpdateLoop loop;
};
Arrays arrays_of(const UpdateTarget& target) {
  Arrays arrays{target.parameter->contiguous(), target.gradient.contiguous(), {}};
  arrays.loop = {arrays.parameter.body()->data, arrays.gradient.body()->data, {}, arrays.parameter.numel()};
  for (std::size_t i = 0; i < target.states.size(); ++i) arrays.loop.state[i] = target.states[i].body()->data;
  return arrays;
}

void take_back(const UpdateTarget& target, const Arrays& arrays, Location where) {
  if (!target.parameter->is_contiguous()) {
    NoGrad pause;
    target.parameter->copy_(arrays.parameter);
  }
  target.parameter->mark_written(where);
}

void step_on_cpu(const UpdateRow& row, const void* op, const UpdateTarget& target, Location where) {
  if (capturing)
    fail<TapeError>(where, row.name, "a parameter on the CPU cannot be stepped by a graph",
                    {{"parameter", *target.parameter}});
  const Arrays arrays = arrays_of(target);
  const DType dtype = target.parameter->dtype();
  const std::size_t size = size_of(dtype);
  const auto lanes = static_cast<std::int64_t>(64 / size);
  const UpdateFn run = row.loops[dtype == DType::float64][cpu_level()];
  const std::int64_t count = arrays.loop.count, whole = count / lanes * lanes;
  parallel_for((whole + chunk - 1) / chunk, [&](std::int64_t number) {
    run(op, part_of(arrays.loop, number * chunk, std::min(chunk, whole - number * chunk), size));
  });
  if (whole < count) run_tail(run, op, part_of(arrays.loop, whole, count - whole, size), size);
  take_back(target, arrays, where);
}

// Targets of one type on one device, as many as one launch takes.
void step_in_one_launch(const UpdateRow& row, const void* op, std::span<const UpdateTarget> targets, Location where) {
  CellUse use;
  for (const UpdateTarget& target : targets)
    if (capturing || refilling) use.push_back(target.parameter->body()->data);
  if (refilling) return refilling->fill_cell(op, row.cuda->bytes, std::move(use));
  const void* cell = capturing ? device::new_cell(op, row.cuda->bytes, std::move(use)) : nullptr;
  const ProfilerRange range(row.name);
  Arrays arrays[most_updates];
  UpdateLoop loops[most_updates];
  for (std::size_t i = 0; i < targets.size(); ++i) {
    arrays[i] = arrays_of(targets[i]);
    loops[i] = arrays[i].loop;
  }
  const Tensor& first = *targets[0].parameter;
  row.cuda->launches[first.dtype() == DType::float64](op, cell, first.device(), {loops, targets.size()});
  for (std::size_t i = 0; i < targets.size(); ++i) take_back(targets[i], arrays[i], where);
}
void step_on_device(const UpdateRow& row, const void* op, std::span<const UpdateTarget> targets, Location where) {
  if (!row.cuda) refuse_without_kernels(row.name);
  const auto most = static_cast<std::size_t>(row.cuda->most);
  for (; targets.size() > most; targets = targets.subspan(most))
    step_in_one_launch(row, op, targets.first(most), where);
  step_in_one_launch(row, op, targets, where);
}

}  // namespace

void apply(const UpdateRow& row, const void* op, std::span<UpdateTarget> targets, Location where) {
  Call call(where);
  for (const UpdateTarget& target : targets) require_fitting(row, target, where);
  auto home = [](const UpdateTarget& target) {
    return std::pair(target.parameter->device(), target.parameter->dtype());
  };
  in_groups(targets, home, [&](std::span<const UpdateTarget> alike) {
    if (alike[0].parameter->device() != Device::cpu()) return step_on_device(row, op, alike, where);
    for (const UpdateTarget& target : alike) step_on_cpu(row, op, target, where);
  });
}

}  // namespace gradtape
