// A pointwise pass on a device, and how it is put together from a launch. Internal.
#pragma once

#include <gradtape/autograd/launch.h>
#include <gradtape/cuda/strided_index.h>
#include <gradtape/ops/pointwise.h>

namespace gradtape {

// How a kernel reads an input.
enum class Reading : std::uint8_t {
  number,  // DevicePass::number stands for it: a number of C++, or an input that was not kept
  repeated,  // as one element a row of the last dimension
  side_by_side,  // as elements that lie so along it
};

// Results, y and the gradient are dense.
struct DevicePass {
  Device device;
  DType storage;  // what elements are kept as: the type that is computed with, or 16 bits for float32
  Reading reading[3];
  double number[3];
  std::int64_t integer[3];  // the same, for a pass over integers
  const void* in[3];
  const void* y;            // backward: the result, if the slope reads it
  const void* gradient;     // backward: the result's gradient
  void* out[3];             // as in Loop
  std::uint32_t count;
  std::uint32_t in_wide;  // so many of them, for whole blocks of threads, are moved by 128 bits at once
  cuda::Places<3> places;  // in the inputs
};
// How many of them a block moves so.
constexpr std::uint32_t wide_block(DType computed) { return computed == DType::float32 ? 2048 : 512; }

// Numbers of C++ are passed along with the pass; other types than it is stored in are converted first.
class DeviceRun {
 public:
  // Computes in the launch's type, of and into tensors of the type `storage`.
  DeviceRun(const Launch& work, DType storage, const TensorData& like);
  void read(int k, const TensorData* from);
  void read_result(const TensorData* y) { pass_.y = y->data; }
  void read_gradient(const TensorData* g) { pass_.gradient = g->data; }
  void write(int k, void* out) { pass_.out[k] = out; }

  void operator()(LaunchFn launch, const void* attributes);

 private:
  void read_number(int k, const TensorData& number);
  cuda::StridedIndex<3> index() const;
  void look_for_wide();

  const char* op_;
  DType type_;
  const TensorData& like_;
  DevicePass pass_;
  const TensorData* bodies_[3] = {};
  Tensor converted_[3];
};

}  // namespace gradtape
