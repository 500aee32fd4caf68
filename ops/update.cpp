#include <gradtape/ops/update.h>

#include <algorithm>
#include <cstring>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/tape.h>
#include <gradtape/ops/cpu/level.h>
#include <gradtape/ops/cpu/team.h>

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

}  // namespace

void apply(const UpdateRow& row, const void* op, Tensor& parameter, std::span<Tensor> states, Location where) {
  Call call(where);
  require_on_cpu(row.name, parameter, where);
  const Tensor gradient = parameter.grad().contiguous();
  if (!(gradient.shape() == parameter.shape()) || gradient.dtype() != parameter.dtype())
    fail<ShapeError>(where, row.name, "the gradient does not fit its parameter", {{"parameter", parameter}, {"gradient", gradient}});
  Tensor dense = parameter.contiguous();
  const std::size_t size = size_of(parameter.dtype());
  const auto lanes = static_cast<std::int64_t>(64 / size);
  UpdateLoop loop{dense.body()->data, gradient.body()->data, {}, dense.numel()};
  for (std::size_t i = 0; i < states.size(); ++i) loop.state[i] = states[i].body()->data;
  const UpdateFn run = row.loops[parameter.dtype() == DType::float64][cpu_level()];
  const std::int64_t whole = dense.numel() / lanes * lanes;
  parallel_for((whole + chunk - 1) / chunk, [&](std::int64_t number) {
    run(op, part_of(loop, number * chunk, std::min(chunk, whole - number * chunk), size));
  });
  if (whole < dense.numel()) run_tail(run, op, part_of(loop, whole, dense.numel() - whole, size), size);
  if (!parameter.is_contiguous()) {
    NoGrad pause;
    parameter.copy_(dense);
  }
  parameter.mark_written(where);
}

}  // namespace gradtape
