// A pointwise pass on a device, put together from a launch. Internal.
#pragma once

#include <gradtape/autograd/launch.h>
#include <gradtape/ops/pointwise.h>

namespace gradtape {

// Numbers of C++ are passed along with the pass; other types than the pass's are converted first.
class DeviceRun {
 public:
  DeviceRun(const Launch& work, DType type, const Body& like);
  void read(int k, const Body* from);
  void read_result(const Body* y) { pass_.y = y->data; }
  void read_gradient(const Body* g) { pass_.gradient = g->data; }
  void write(int k, void* out) { pass_.out[k] = out; }

  void operator()(LaunchFn launch, const void* attributes);

 private:
  void read_number(int k, const Body& number);
  void make_walk();

  const char* op_;
  DType type_;
  const Shape& shape_;
  DevicePass pass_;
  const Body* bodies_[3] = {};
  Tensor converted_[3];
};

}  // namespace gradtape
