#include <gradtape/autograd/device_memory.h>

#include <fmt/format.h>

#include <gradtape/autograd/captured_step.h>
#include <gradtape/autograd/error.h>
#include <gradtape/autograd/layout.h>
#include <gradtape/autograd/tensor.h>
#include <gradtape/cuda/context.h>
#include <gradtape/cuda/copy.h>

namespace gradtape::device {

void require(const char* op, Device device, Location at) {
  if (device == Device::cpu()) return;
  const int count = cuda::device_count();
  if (count == 0)
    fail<DeviceError>(at, op, "this machine has no CUDA device, or no driver for it", {},
                      "nvidia-smi shows what is there; gt::Device::cpu() always works.");
  if (device.index < 0 || device.index >= count)
    fail<DeviceError>(at, op, fmt::format("CUDA device {} of {}", device.index, count), {}, "They are counted from 0.");
}

namespace {

void wait_for(const Launch& work, Device device) {
  const cudaError_t status = cudaStreamSynchronize(cuda::context_of(device).stream());
  if (status != cudaSuccess) {
    const Origin from = origin_of(work);
    throw DeviceError(message(from.op.c_str(),
                              fmt::format("failed on {}: {} ({})", to_string(device), cudaGetErrorString(status),
                                          cudaGetErrorName(status)),
                              {}, ""),
                      from.line);
  }
  cuda::context_of(device).throw_fault();
}

}  // namespace

void run(const Launch& work) {
  const Device device = work.device();
  const cuda::OnDevice there(device);
  work.kernel->cuda(work);
  const bool into_graph = detail::capturing && detail::capturing->graph;
  if (cuda::waits_for_launches() && !into_graph) wait_for(work, device);
}
void wait(Device device) { cuda::wait(device); }

void* take(const char* op, Device device, std::size_t bytes) {
  cuda::refuse_another_than_captured(device);
  return cuda::context_of(device).take(op, bytes);
}
void give(Device device, void* block, std::size_t bytes) noexcept { cuda::context_of(device).give(block, bytes); }

namespace {

std::size_t dense_bytes(const TensorData& x) { return static_cast<std::size_t>(x.count) * size_of(x.dtype); }
bool on_cpu(const TensorData& x) { return x.storage->device == Device::cpu(); }

Tensor dense_like(const TensorData& x, DType dtype, Device device) {
  return Tensor::adopt(new_tensor_data(x.shape, x.count, dtype, device, "copy"));
}

// Copies by tiles where rows and columns change places; false where they do not.
bool copy_transposed(const cuda::CopyPass& copy) {
  const cuda::StridedIndex<2>& index = copy.index;
  const int last = index.rank - 1;
  int rows = 0;
  while (rows < last && index.strides[1][rows] != 1) ++rows;
  constexpr std::int64_t least = 4;  // elements each way that make tiles worth it
  if (copy.to_type != copy.from_type || rows >= last || index.strides[0][last] != 1 || index.sizes[rows] < least ||
      index.sizes[last] < least)
    return false;
  cuda::TransposePass pass{copy.device,
                           copy.to,
                           copy.from,
                           copy.to_type,
                           {},
                           index.sizes[rows],
                           index.sizes[last],
                           index.strides[0][rows],
                           index.strides[1][last]};
  for (int d = 0; d < last; ++d)
    if (d != rows) pass.tiles.add(index.sizes[d], {index.strides[0][d], index.strides[1][d], 0, 0});
  constexpr std::int64_t side = cuda::tile;
  pass.tiles.add((pass.rows + side - 1) / side, {side * pass.row_step, side, side, 0});
  pass.tiles.add((pass.columns + side - 1) / side, {side, side * pass.column_step, 0, side});
  cuda::launch_transpose(pass);
  return true;
}

void copy_on_device(const TensorData& from, const TensorData& to) {
  cuda::CopyPass pass{to.storage->device, to.data, from.data, to.dtype, from.dtype, {}};
  const Strides to_steps = strides_of(to), from_steps = strides_of(from);
  for (int d = 0; d < to.shape.rank(); ++d) pass.index.add(to.shape[d], {to_steps[d], from_steps[d]});
  if (to.dtype == from.dtype && pass.index.dense(0) && pass.index.dense(1))
    return cuda::check(
        cudaMemcpyAsync(to.data, from.data, dense_bytes(to), cudaMemcpyDeviceToDevice, cuda::stream_of(pass.device)),
        "cudaMemcpyAsync");
  if (!copy_transposed(pass)) cuda::launch_copy(pass);
}

// On one side: between layouts and types.
void copy_on_one_side(const TensorData& from, const TensorData& to) {
  on_cpu(to) ? gradtape::copy_elements(from, to) : copy_on_device(from, to);
}
// In the order of both streams: the room may still be used by its device's earlier work, and later work there waits.
void carry_between_devices(const TensorData& from, const TensorData& to) {
  const Device source = from.storage->device, target = to.storage->device;
  const cudaStream_t of_source = cuda::stream_of(source), of_target = cuda::stream_of(target);
  cuda::context_of(target).order(of_target, of_source);
  cuda::check(cudaMemcpyPeerAsync(to.data, target.index, from.data, source.index, dense_bytes(to), of_source),
              "cudaMemcpyPeerAsync");
  cuda::context_of(source).order(of_source, of_target);
}
// Dense elements of one type, to another side. Those that come to the CPU are waited for.
void carry(const TensorData& from, const TensorData& to) {
  if (on_cpu(to)) {
    cuda::refuse_waiting_inside_capture();
    cuda::Context& context = cuda::context_of(from.storage->device);
    context.staging().download(to.data, from.data, dense_bytes(to), context.stream());
    return context.throw_fault();
  }
  if (!on_cpu(from)) return carry_between_devices(from, to);
  refuse_inside_capture("to", "a tensor cannot be brought to a device inside a captured step",
                        "Give it to the step as an input, or bring it there before.");
  cuda::Context& context = cuda::context_of(to.storage->device);
  context.staging().upload(to.data, from.data, dense_bytes(to), context.stream());
}

// Types are converted and layouts made dense on the side where the elements are fewer bytes: that of the source, for
// `to` is often dense.
void copy_to_other_side(const TensorData& from, const TensorData& to) {
  if (!from.contiguous || from.dtype != to.dtype) {
    const Tensor dense = dense_like(from, to.dtype, from.storage->device);
    copy_on_one_side(from, *dense.tensor_data());
    return copy_to_other_side(*dense.tensor_data(), to);
  }
  if (to.contiguous) return carry(from, to);
  const Tensor there = dense_like(from, to.dtype, to.storage->device);
  carry(from, *there.tensor_data());
  copy_on_one_side(*there.tensor_data(), to);
}

}  // namespace

void copy_elements(const TensorData& from, const TensorData& to) {
  if (to.count == 0) return;
  const cuda::OnDevice there((on_cpu(from) ? to : from).storage->device);
  if (from.storage->device == to.storage->device) return copy_on_device(from, to);
  copy_to_other_side(from, to);
}

void fill(const TensorData& to, Number value) {
  if (to.count == 0) return;
  alignas(8) std::byte number[8];
  write_number(value, to.dtype, number);
  cuda::FillPass pass{to.storage->device, to.data, to.dtype, {}, number};
  const Strides steps = strides_of(to);
  for (int d = 0; d < to.shape.rank(); ++d) pass.index.add(to.shape[d], {steps[d]});
  cuda::launch_fill(pass);
}

}  // namespace gradtape::device
