#include <gradtape/autograd/capture.h>

#include <algorithm>

#include <fmt/format.h>

#include <gradtape/autograd/captured_step.h>
#include <gradtape/autograd/error.h>
#include <gradtape/autograd/scoped.h>
#include <gradtape/autograd/tape.h>

namespace gradtape {

namespace {

// Each name once, and a tensor with it.
void require_inputs(const char* op, const std::vector<NamedTensor>& inputs, Location at) {
  for (const NamedTensor& input : inputs) {
    if (!input.tensor.defined()) fail<ValueError>(at, op, fmt::format("input \"{}\" is undefined", input.name));
    if (input.tensor.requires_grad())
      fail<TapeError>(at, op,
                      fmt::format("input \"{}\" requires a gradient, and the step reads a copy of it", input.name), {},
                      "Let the step refer to it, as to a parameter, or call detach().");
    if (std::ranges::count(inputs, input.name, &NamedTensor::name) > 1)
      fail<ValueError>(at, op, fmt::format("input \"{}\" is given twice", input.name));
  }
}

// A result of the program may be a view of an input, and be given as another.
bool lies_in(const Inputs& inputs, const Tensor& x) {
  return std::any_of(inputs.all().begin(), inputs.all().end(), [&](const NamedTensor& input) {
    return input.tensor.tensor_data()->storage == x.tensor_data()->storage;
  });
}

// Copies into the program's own memory, after all was found good.
void copy_in(const Inputs& to, const std::vector<NamedTensor>& inputs, Location at) {
  if (inputs.size() != to.all().size())
    fail<ValueError>(at, "program", fmt::format("{} inputs were given, {} are wanted", inputs.size(), to.all().size()));
  require_inputs("program", inputs, at);
  for (const NamedTensor& input : inputs) {
    const Tensor& place = to.at(input.name, at);
    if (!(input.tensor.shape() == place.shape()))
      fail<ShapeError>(at, "program", fmt::format("input \"{}\" has another shape than the one captured", input.name),
                       {{"captured", place}, {"given", input.tensor}},
                       "Capture another program for it, or leave out the last batch: {.drop_last = true}.");
    if (input.tensor.dtype() != place.dtype())
      fail<DTypeError>(at, "program", fmt::format("input \"{}\" is of another type than the one captured", input.name),
                       {{"captured", place}, {"given", input.tensor}});
  }
  NoGrad pause;
  std::vector<Tensor> given;
  for (const NamedTensor& input : inputs)
    given.push_back(lies_in(to, input.tensor) ? input.tensor.clone() : input.tensor.detach());
  for (std::size_t i = 0; i < inputs.size(); ++i) Tensor(to.at(inputs[i].name, at)).copy_(given[i], at);
}

Device device_of(const std::vector<NamedTensor>& inputs, Location at) {
  for (const NamedTensor& input : inputs)
    require_one_device("capture", {{inputs[0].name.c_str(), inputs[0].tensor}, {input.name.c_str(), input.tensor}}, at);
  return inputs.empty() ? Device::cpu() : inputs[0].tensor.device();
}

// The work is done meanwhile: what was done before an exception stays done, as by hand.
Tensor run(detail::CapturedStep& work, const Inputs& inputs, Location at) {
  const detail::Set into(detail::capturing, &work);
  const Watching watching(work);
  // Errors blame the step's lines, and so do those of replays.
  const detail::Set own_lines(current_call, static_cast<const Location*>(nullptr));
  const Tensor result = work.step(inputs);
  if (!result.defined())
    fail<ValueError>(at, "capture", "the step returned an undefined tensor", {},
                     "Let it return its loss: return loss.detach();");
  if (work.device != Device::cpu())
    require_one_device("capture", {{"input", inputs.all()[0].tensor}, {"result", result}}, at);
  return result.detach();
}

}  // namespace

const Tensor& Inputs::at(const std::string& name, Location at) const {
  for (const NamedTensor& input : all_)
    if (input.name == name) return input.tensor;
  std::string names;
  for (const NamedTensor& input : all_) names += (names.empty() ? "\"" : ", \"") + input.name + "\"";
  fail<ValueError>(at, "program", fmt::format("there is no input \"{}\"", name), {},
                   names.empty() ? "There are none." : "There are: " + names + ".");
}

Program capture(const std::vector<NamedTensor>& inputs, Step step, Location at) {
  Call call(at);
  if (!step) fail<ValueError>(at, "capture", "an empty function was given as step");
  if (detail::capturing)
    fail<TapeError>(at, "capture", "a step that is captured captures another", {}, "Capture them one by one.");
  if (detail::recording) fail<TapeError>(at, "capture", "a tape is open", {}, "Open it inside the step.");
  require_inputs("capture", inputs, at);
  const Device device = device_of(inputs, at);
  Program program;
  std::vector<NamedTensor> own;
  for (const NamedTensor& input : inputs) own.push_back({input.name, input.tensor.detach().clone()});
  program.inputs_ = Inputs(std::move(own));
  program.captured_ = std::make_shared<detail::CapturedStep>(std::move(step), device, at);
  detail::CapturedStep& work = *program.captured_;
  try {
    program.result_ = run(work, program.inputs_, at);
  } catch (...) {
    work.effects.finish();
    throw;
  }
  work.effects.finish();
  work.launches.plan(device);
  if (device != Device::cpu()) work.make_graph();
  return program;
}

ProgramReport Program::report() const {
  require_there({});
  return captured_->launches.report();
}
std::string ProgramReport::table() const {
  return fmt::format(
      "{:<24}{:>16}{:>16}\n{:<24}{:>16}{:>16}\n{:<24}{:>16.0f}{:>16.0f}\n{:<24}{:>16.0f}{:>16.0f}\n{:<24}{:>16}{:>16}"
      "\n{}",
      "a run of the program", "as captured", "as planned", "launches", launches, passes, "bytes moved", moved_before,
      moved, "flops", flops, flops, "bytes of memory", bytes_before, bytes,
      apart.empty() ? "" : "launches stay apart: " + apart + "\n");
}

void Program::require_there(Location at) const {
  if (!captured_) fail<ValueError>(at, "program", "it was moved away");
}
void Program::require_usable(Location at) const {
  require_there(at);
  if (detail::capturing)
    fail<TapeError>(at, "program", "a program runs inside a step that is captured", {},
                    "Call what it was captured from.");
  if (detail::recording)
    fail<TapeError>(at, "program", "a tape is open, and would not see what the program computes", {},
                    "Run it outside, or under a gt::NoGrad.");
}
Tensor Program::operator()(const std::vector<NamedTensor>& inputs, Location at) {
  require_usable(at);
  {
    Call call(at);
    copy_in(inputs_, inputs, at);
  }
  return (*this)(at);
}
Tensor Program::operator()(Location at) {
  require_usable(at);
  NoGrad pause;
  detail::CapturedStep& work = *captured_;
  work.effects.prepare(at);
  if (work.graph) {
    Call call(at);
    work.graph->launch();
  } else {
    work.launches.run();
  }
  work.effects.redo(at);
  result_.mark_written(at);
  return result_;
}

void refuse_inside_capture(const char* op, const char* what, const char* advice) {
  if (detail::capturing) fail<TapeError>(detail::capturing->captured_at, op, what, {}, advice);
}

}  // namespace gradtape
