#include <gradtape/autograd/device_memory.h>

#include <fmt/format.h>

#include <gradtape/autograd/capture.h>
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
// Dense elements of one type, to the other side. Those that come to the CPU are waited for.
void carry(const TensorData& from, const TensorData& to) {
  const Device device = on_cpu(to) ? from.storage->device : to.storage->device;
  if (!on_cpu(to)) {
    refuse_inside_capture("to", "a tensor cannot be brought to a device inside a captured step",
                          "Give it to the step as an input, or bring it there before.");
    return cuda::context_of(device).staging().upload(to.data, from.data, dense_bytes(to), cuda::stream_of(device));
  }
  cuda::check(cudaMemcpyAsync(to.data, from.data, dense_bytes(to), cudaMemcpyDeviceToHost, cuda::stream_of(device)),
              "cudaMemcpyAsync");
  cuda::wait(device);
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
  if (on_cpu(from) != on_cpu(to)) return copy_to_other_side(from, to);
  if (from.storage->device == to.storage->device) return copy_on_device(from, to);
  const Tensor here = dense_like(from, to.dtype, Device::cpu());
  copy_to_other_side(from, *here.tensor_data());
  copy_to_other_side(*here.tensor_data(), to);
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
