// A step that is run again and again on new inputs: recorded once, and done again without recording.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gradtape/autograd/tensor.h>

namespace gradtape {

namespace detail {
class CapturedStep;
}

// What a step reads: its inputs by name.
class Inputs {
 public:
  explicit Inputs(std::vector<NamedTensor> all) : all_(std::move(all)) {}
  // Throws ValueError for a name that is not there.
  const Tensor& operator[](const std::string& name) const { return at(name, Location::current()); }
  const Tensor& at(const std::string& name, Location at = Location::current()) const;
  const std::vector<NamedTensor>& all() const { return all_; }

 private:
  std::vector<NamedTensor> all_;
};
using Step = std::function<Tensor(const Inputs&)>;

// What a program does, before and after its launches were planned: neighbours fused, memory shared.
struct ProgramReport {
  std::size_t launches = 0;  // of the step as it was captured
  std::size_t passes = 0;  // and what is left of them
  double moved_before = 0, moved = 0;  // bytes read and written by a run
  double flops = 0;  // operations on numbers
  std::size_t bytes_before = 0, bytes = 0;  // of memory for what does not outlive a run
  std::string apart = {};  // why neighbours on a device are not one kernel; empty where they are
  // As text for a person.
  std::string table() const;
};

// Made by capture(). It holds the memory that the step works in: what the step made, gradients too, lies in the same
// place after each run. What the step refers to, its parameters among them, must live as long; optimizers and
// generators need not. It is used by one thread, and no other uses its parameters meanwhile; while a step is captured,
// no other thread uses its device. A run that throws leaves no gradients.
class Program {
 public:
  // Runs the step on these inputs, of the names, shapes and types it was captured with, and returns what it returned:
  // the same memory each time. Throws ValueError, ShapeError, DTypeError, and TapeError when the step would read a
  // gradient that it did not make, or a tape is open.
  Tensor operator()(const std::vector<NamedTensor>& inputs, Location at = Location::current());
  // Runs it again on the inputs as they are.
  Tensor operator()(Location at = Location::current());
  // What the step returned last.
  const Tensor& result() const { return result_; }
  // What it does. Throws ValueError after a move.
  ProgramReport report() const;

 private:
  void require_there(Location at) const;
  void require_usable(Location at) const;
  friend Program capture(const std::vector<NamedTensor>& inputs, Step step, Location at);
  Program() = default;

  Inputs inputs_{{}};  // fixed memory
  std::shared_ptr<detail::CapturedStep> captured_;
  Tensor result_;
};

// Runs the step once and returns it as a program; its result is there. The program does the step's work again, on a
// device as one launch, without the step: what it decides, assigns and computes in C++ stays what it was. It works in
// memory of its own, so the inputs are copied there, on their device. Gradients, in-place writes, learning rates, step
// counts and random numbers go on as if the step were run by hand. A step may not read elements (item(), to_vector(),
// data()), nor a gradient that it did not make, nor work on another device than its inputs': TapeError. Throws what the
// step throws, and DeviceError when inputs are on different devices; what was done until then stays done.
Program capture(const std::vector<NamedTensor>& inputs, Step step, Location at = Location::current());

// Throws TapeError inside a step that is being captured: `what` cannot be there, since the program would not do it
// again.
void refuse_inside_capture(const char* op, const char* what, const char* advice);

}  // namespace gradtape
