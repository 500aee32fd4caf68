#include <gradtape/autograd/capture.h>

#include <algorithm>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/graph.h>
#include <gradtape/autograd/perform.h>
#include <gradtape/autograd/tape.h>

namespace gradtape {

constinit thread_local Graph* capturing = nullptr;
constinit thread_local Graph* refilling = nullptr;
constinit thread_local bool inside_capture = false;
constinit thread_local std::vector<Work>* kept_work = nullptr;

Performing::Performing() : kept_(std::exchange(kept_work, nullptr)), inside_(std::exchange(inside_capture, false)) {}
Performing::~Performing() {
  kept_work = kept_;
  inside_capture = inside_;
}

void refuse_inside_capture(const char* op, const char* what, const char* advice) {
  if (inside_capture) fail<TapeError>({}, op, what, {}, advice);
}

namespace {

template <class T>
class Set {
 public:
  Set(T& variable, T value) : variable_(variable), before_(std::exchange(variable, value)) {}
  ~Set() { variable_ = before_; }
  Set(const Set&) = delete;
  Set& operator=(const Set&) = delete;

 private:
  T& variable_;
  T before_;
};

Tensor run(const Step& step, const Inputs& inputs, Location where) {
  const Set inside(inside_capture, true);
  const Tensor result = step(inputs);
  if (!result.defined()) fail<ValueError>(where, "capture", "the step returned an undefined tensor", {}, "Let it return its loss: return loss.detach();");
  return result.detach();
}

// Copies into the program's own memory, after all was found good.
void copy_in(const Inputs& to, const std::vector<Bound>& inputs, Location where) {
  if (inputs.size() != to.all().size()) fail<ValueError>(where, "program", fmt::format("{} inputs were given, {} are wanted", inputs.size(), to.all().size()));
  for (const Bound& input : inputs) {
    const Tensor& place = to.at(input.name, where);
    if (!input.tensor.defined()) fail<ValueError>(where, "program", fmt::format("input \"{}\" is undefined", input.name));
    if (!(input.tensor.shape() == place.shape()))
      fail<ShapeError>(where, "program", fmt::format("input \"{}\" has another shape than the one captured", input.name), {{"captured", place}, {"given", input.tensor}},
                       "Capture another program for it, or leave out the last batch: {.drop_last = true}.");
    if (input.tensor.dtype() != place.dtype())
      fail<DTypeError>(where, "program", fmt::format("input \"{}\" is of another type than the one captured", input.name), {{"captured", place}, {"given", input.tensor}});
    if (std::count_if(inputs.begin(), inputs.end(), [&](const Bound& other) { return other.name == input.name; }) > 1)
      fail<ValueError>(where, "program", fmt::format("input \"{}\" is given twice", input.name));
  }
  NoGrad pause;
  for (const Bound& input : inputs) Tensor(to.at(input.name, where)).copy_(input.tensor.detach(), where);
}

Device device_of(const std::vector<Bound>& inputs, Location where) {
  for (const Bound& input : inputs) {
    if (!input.tensor.defined()) fail<ValueError>(where, "capture", fmt::format("input \"{}\" is undefined", input.name));
    require_one_device("capture", {{inputs[0].name.c_str(), inputs[0].tensor}, {input.name.c_str(), input.tensor}}, where);
  }
  return inputs.empty() ? Device::cpu() : inputs[0].tensor.device();
}

}  // namespace

const Tensor& Inputs::at(const std::string& name, Location where) const {
  for (const Bound& input : all_)
    if (input.name == name) return input.tensor;
  std::string names;
  for (const Bound& input : all_) names += (names.empty() ? "\"" : ", \"") + input.name + "\"";
  fail<ValueError>(where, "program", fmt::format("there is no input \"{}\"", name), {}, names.empty() ? "There are none." : "There are: " + names + ".");
}

Program capture(const std::vector<Bound>& inputs, Step step, Location where) {
  Call call(where);
  if (!step) fail<ValueError>(where, "capture", "an empty function was given as step");
  if (inside_capture) fail<TapeError>(where, "capture", "a step that is captured captures another", {}, "Capture them one by one.");
  if (recording) fail<TapeError>(where, "capture", "a tape is open", {}, "Open it inside the step.");
  const Device device = device_of(inputs, where);
  Program program;
  std::vector<Bound> own;
  for (const Bound& input : inputs) own.push_back({input.name, input.tensor.detach().clone()});
  program.inputs_ = Inputs(std::move(own));
  program.step_ = std::move(step);
  if (device == Device::cpu()) {
    program.result_ = run(program.step_, program.inputs_, where);
    return program;
  }
  program.graph_ = device::open_graph(device);
  {
    const Set into(capturing, program.graph_.get());
    program.result_ = run(program.step_, program.inputs_, where);
    require_one_device("capture", {{"input", program.inputs_.all()[0].tensor}, {"result", program.result_}}, where);
  }
  device::close_graph(*program.graph_);
  program.graph_->launch();
  return program;
}

Tensor Program::operator()(const std::vector<Bound>& inputs, Location where) {
  Call call(where);
  copy_in(inputs_, inputs, where);
  return (*this)(where);
}
Tensor Program::operator()(Location where) {
  Call call(where);
  if (!graph_) return result_ = run(step_, inputs_, where);
  {
    const Set into(refilling, graph_.get());
    for (const auto& refill : graph_->before_launch) refill();
  }
  graph_->launch();
  return result_;
}

}  // namespace gradtape
