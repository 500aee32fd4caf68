// A step that is run again and again on new inputs: on a CUDA device recorded once and launched as one graph.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gradtape/autograd/tensor.h>

namespace gradtape {

struct Bound {
  std::string name;
  Tensor tensor;
};

// What a step reads: its inputs by name.
class Inputs {
 public:
  explicit Inputs(std::vector<Bound> all) : all_(std::move(all)) {}
  // Throws ValueError for a name that is not there.
  const Tensor& operator[](const std::string& name) const { return at(name, Location::current()); }
  const Tensor& at(const std::string& name, Location where = Location::current()) const;
  const std::vector<Bound>& all() const { return all_; }

 private:
  std::vector<Bound> all_;
};
using Step = std::function<Tensor(const Inputs&)>;

// Made by capture(). On a device it holds the memory that the step works in. What the step refers to, its parameters, optimizers and generators
// among them, must live as long. It is used by one thread, and while a step is captured, no other thread uses its device.
class Program {
 public:
  // Runs the step on these inputs, of the names, shapes and types it was captured with, and returns what it returned; on a device that is
  // the same memory each time. Throws ValueError, ShapeError, DTypeError.
  Tensor operator()(const std::vector<Bound>& inputs, Location where = Location::current());
  // Runs it again on the inputs as they are.
  Tensor operator()(Location where = Location::current());
  // What the step returned last.
  const Tensor& result() const { return result_; }

 private:
  friend Program capture(const std::vector<Bound>& inputs, Step step, Location where);
  Program() = default;

  Inputs inputs_{{}};  // fixed memory
  Step step_;
  std::shared_ptr<class Graph> graph_;  // null on the CPU, where the step itself is run
  Tensor result_;
};

// Runs the step once and returns it as a program; its result is there. On a device a step that calls backward() must step the optimizer
// too, and no gradient may be left over from before. The inputs are copied to memory of the program's own, on their
// device. Learning rates, step counts and generators are read anew each time; numbers that the step computes on the CPU stay what they were. A step
// may not read elements (item(), to_vector()) nor bring tensors from the CPU to a device: TapeError. Throws what the step throws (on a
// device its work was then not done: gradients that it left hold nothing), and DeviceError when inputs are on different devices.
Program capture(const std::vector<Bound>& inputs, Step step, Location where = Location::current());

}  // namespace gradtape
