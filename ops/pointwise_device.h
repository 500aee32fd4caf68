// A pointwise pass on a device, and how it is put together from a launch. Internal.
#pragma once

#include <gradtape/autograd/launch.h>
#include <gradtape/cuda/strided_index.h>
#include <gradtape/ops/pointwise.h>

namespace gradtape {

// Results, y and the gradient are dense.
struct DevicePass {
  Device device;
  bool dense;               // the inputs too, and all lie where 128 bits may be moved at once
  bool is_number[3];        // number[k] stands for input k
  double number[3];
  std::int64_t integer[3];  // the same, for a pass over integers
  const void* in[3];
  const void* y;            // backward: the result, if the slope reads it
  const void* gradient;     // backward: the result's gradient
  void* out[3];             // as in Loop
  std::int64_t count;
  cuda::StridedIndex<3> index;  // of the inputs
};

// Numbers of C++ are passed along with the pass; other types than the pass's are converted first.
class DeviceRun {
 public:
  DeviceRun(const Launch& work, DType type, const TensorData& like);
  void read(int k, const TensorData* from);
  void read_result(const TensorData* y) { pass_.y = y->data; }
  void read_gradient(const TensorData* g) { pass_.gradient = g->data; }
  void write(int k, void* out) { pass_.out[k] = out; }

  void operator()(LaunchFn launch, const void* attributes);

 private:
  void read_number(int k, const TensorData& number);
  void make_walk();

  const char* op_;
  DType type_;
  const Shape& shape_;
  DevicePass pass_;
  const TensorData* bodies_[3] = {};
  Tensor converted_[3];
};

}  // namespace gradtape
