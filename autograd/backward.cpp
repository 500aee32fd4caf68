#include <gradtape/autograd/backward.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include <fmt/format.h>

#include <gradtape/autograd/arithmetic.h>
#include <gradtape/autograd/captured_step.h>
#include <gradtape/autograd/directions.h>
#include <gradtape/autograd/error.h>
#include <gradtape/autograd/float_control.h>
#include <gradtape/autograd/grad.h>
#include <gradtape/autograd/launch.h>
#include <gradtape/autograd/leaf.h>
#include <gradtape/autograd/memory.h>
#include <gradtape/autograd/scoped.h>
#include <gradtape/autograd/tape.h>

namespace gradtape {

Shape Backward::led(const Shape& shape) const { return directions_ ? joined({directions_->count}, shape) : shape; }

// Of a gradient that does not look like its input: it is of many directions, or wrong.
void Backward::add_led(int input, Tensor gradient) {
  const Record& of = *list_.at(record_->input(input));
  const bool fits = directions_ && gradient.shape() == led(of.shape()) && gradient.dtype() == of.dtype &&
                    gradient.device() == of.device && !gradient.tensor_data()->weak_type;
  if (!fits) refuse_gradient(input, gradient);
  directions_->gather(*this, record_->input(input) - low_, {}, std::move(gradient));
}
void Backward::add_up(TensorData*& slot, const Tensor& gradient) {
  slot = sum_of_gradients(Tensor::adopt(std::exchange(slot, nullptr)), gradient).let_go();
}

namespace {

std::string line_of(const Record& record) {
  return fmt::format("{} at {}:{}", record.op->name, record.at.file, record.at.line);
}

// What a message shows for a record's output, whose elements may be gone.
Tensor likeness(const Record& record) {
  if (record.is_leaf()) return Tensor::share(record.kept()[0].tensor);
  Tensor x = Tensor::adopt(new_tensor_data(record.shape(), 1, record.dtype));
  x.tensor_data()->storage->device = record.device;
  return x;
}

// Backward functions are called by the walk: what they do wrong is told with the line where their op was called.
template <class E> [[noreturn]] void blame_backward(const Record& record, const std::string& what,
                                                    std::initializer_list<Shown> tensors = {},
                                                    const std::string& advice = {}) {
  fail<E>(record.at, record.op->name, fmt::format("its backward {} ({})", what, line_of(record)), tensors, advice);
}

}  // namespace

void Backward::refuse_taken() const {
  if (has_several())
    blame_backward<ValueError>(*record_, fmt::format("reads the gradient of none of its {} outputs", outputs()), {},
                               "Say which: gradient(i).");
  blame_backward<ValueError>(*record_, "reads its gradient after it took it", {}, "Let the last reader take it.");
}
void Backward::refuse_input(int input) const {
  blame_backward<ValueError>(*record_, fmt::format("speaks of input {}, and there are {}", input, record_->input_count),
                             {}, "Inputs are counted from 0.");
}
void Backward::refuse_output(int output) const {
  blame_backward<ValueError>(*record_, fmt::format("speaks of output {}, and there are {}", output, outputs()), {},
                             "Outputs are counted from 0, as given to record_outputs().");
}
void Backward::refuse_kept(int i) const {
  blame_backward<ValueError>(*record_, fmt::format("reads kept tensor {}, and there are {}", i, record_->kept_count),
                             {}, "They are counted from 0, as given to record().");
}
void Backward::refuse_attributes(std::size_t bytes) const {
  blame_backward<ValueError>(
      *record_, fmt::format("reads {} bytes of attributes, and {} were recorded", bytes, record_->attribute_bytes), {},
      "Read the struct that was given to record().");
}
void Backward::refuse_undefined(int input) const {
  blame_backward<ValueError>(*record_, fmt::format("gave an undefined gradient to input {}", input), {},
                             "Leave out add() where there is none.");
}
void Backward::refuse_gradient(int input, const Tensor& gradient) const {
  const Record& of = *list_.at(record_->input(input));
  const Tensor wanted = likeness(of);
  const std::initializer_list<Shown> both = {{"gradient", gradient}, {"input", wanted}};
  const auto differs = [&](const char* in) { return fmt::format("gave input {} a gradient of another {}", input, in); };
  if (!(gradient.shape() == led(of.shape())))
    blame_backward<ShapeError>(*record_, differs("shape"), both,
                               "Reduce what was broadcast: gt::sum_to(gradient, shape).");
  if (gradient.tensor_data()->weak_type)
    blame_backward<DTypeError>(*record_, fmt::format("gave input {} a C++ number as its gradient", input), both,
                               "Make a tensor of it: gt::full.");
  if (gradient.dtype() != wanted.dtype())
    blame_backward<DTypeError>(*record_, differs("type"), both, "Convert it: gradient.to(dtype).");
  blame_backward<DeviceError>(*record_, fmt::format("gave input {} a gradient on another device", input), both,
                              "Bring it there: gradient.to(device).");
}

TensorData** Backward::slot_of_output(int output) const {
  if (output < 0 || output >= outputs()) refuse_output(output);
  const std::uint32_t slot = first_output_ + static_cast<std::uint32_t>(output);
  return slot < slot_count_ ? slots_ + slot : nullptr;
}
Tensor Backward::gradient(int output) const {
  if (!has_several() && output == 0) return gradient();
  TensorData** const slot = slot_of_output(output);
  return slot && *slot ? Tensor::share(*slot) : Tensor();
}
Tensor Backward::take_gradient(int output) {
  if (!has_several() && output == 0) return take_gradient();
  TensorData** const slot = slot_of_output(output);
  return slot ? Tensor::adopt(std::exchange(*slot, nullptr)) : Tensor();
}
Tensor Backward::take_gradient_or_zeros(int output) {
  Tensor gradient = take_gradient(output);
  if (gradient.defined()) return gradient;
  const Record& of = record_of_output(output);
  return zeros(led(of.shape()), {.dtype = of.dtype, .device = of.device});
}

// What grad() was asked for: a record, and which of the answers it is.
struct Wanted {
  std::uint32_t number;
  std::size_t answer;
};

// One walk over the records [low, top), newest first. All that it notes, gradients and marks, lies in slots of its own,
// so that a walk may run inside another's backward, and nothing is left of it in the records, however it ends.
class Walk {
 public:
  Walk(detail::Recording& list, BackwardOptions options, Location at, std::uint32_t low, std::uint32_t top,
       Directions* directions = nullptr)
      : list_(list),
        where_(at),
        back_(list, options.create_graph, directions),
        retains_(options.create_graph || options.retain_graph) {
    if (low >= top) return;
    bytes_ = (top - low) * sizeof(TensorData*) + list.leaf_count() * sizeof(Arrived);
    back_.slots_ = static_cast<TensorData**>(take_block(bytes_, "backward"));
    back_.low_ = low;
    back_.slot_count_ = left_ = top - low;
    arrived_ = reinterpret_cast<Arrived*>(back_.slots_ + left_);
    std::memset(back_.slots_, 0, left_ * sizeof(TensorData*));
  }
  ~Walk() {
    if (back_.gradient_) release(back_.gradient_);
    for (std::uint32_t slot = 0, end = outputs_wait_ ? back_.slot_count_ : left_; slot < end; ++slot)
      if (holds(back_.slots_[slot])) release(back_.slots_[slot]);
    for (std::uint32_t i = 0; i < arrived_count_; ++i)
      if (arrived_[i].gradient) release(arrived_[i].gradient);
    if (bytes_) give_block(back_.slots_, bytes_);
  }
  Walk(const Walk&) = delete;
  Walk& operator=(const Walk&) = delete;

  // Only records on the way to the wanted ones get gradients.
  void want(std::span<const Wanted> wanted) {
    marked_ = true;
    std::fill_n(back_.slots_, left_, Backward::unwanted());
    for (const Wanted& one : wanted)
      if (one.number - back_.low_ < left_) back_.slots_[one.number - back_.low_] = nullptr;
    for (std::uint32_t slot = 0; slot < left_; ++slot)
      if (leads_on(*list_.at(back_.low_ + slot))) back_.slots_[slot] = nullptr;
  }
  void seed(std::uint32_t number, Tensor gradient) {
    const std::uint32_t slot = number - back_.low_;
    if (slot >= left_ || back_.slots_[slot] == back_.unwanted()) return;
    if (back_.slots_[slot]) return Backward::add_up(back_.slots_[slot], gradient);
    back_.slots_[slot] = gradient.let_go();
  }
  // To the end; fills parameter.grad(), once nothing can fail any more.
  void fill_leaves() {
    down_to<false>(back_.low_);
    if (!detail::capturing)
      for (std::uint32_t i = 0; i < arrived_count_; ++i) {
        Tensor gradient = Tensor::adopt(std::exchange(arrived_[i].gradient, nullptr));
        detail::make_own(gradient);
        arrived_[i].gradient = gradient.let_go();
      }
    for (std::uint32_t i = 0; i < arrived_count_; ++i)
      detail::add_to_leaf(arrived_[i].leaf, Tensor::adopt(std::exchange(arrived_[i].gradient, nullptr)));
    arrived_count_ = 0;
  }
  // Only derivatives of the answers are wanted.
  void leave_unread() { back_.unread_ = true; }
  // As far down as something is wanted; `wanted` from the newest to the oldest. Of many directions, or of one.
  template <bool many>
  void answer(std::span<const Wanted> wanted, std::vector<Tensor>& answers) {
    for (const Wanted& one : wanted) {
      if (one.number - back_.low_ >= back_.slot_count_) continue;
      down_to<many>(one.number + 1);
      if constexpr (many) back_.directions_->write_out(back_, one.number - back_.low_);
      if (TensorData* gradient = back_.slots_[one.number - back_.low_]) answers[one.answer] = Tensor::share(gradient);
    }
  }

 private:
  // A leaf and the gradient for it.
  struct Arrived {
    TensorData *leaf, *gradient;
  };
  static bool holds(const TensorData* slot) { return slot && slot != Backward::unwanted(); }
  // Is the gradient of an input asked for?
  bool leads_on(Record& record) {
    back_.record_ = &record;
    for (int i = 0; i < record.input_count; ++i)
      if (back_.wants(i)) return true;
    return false;
  }
  // Passes gradients on from all records from `number` on.
  template <bool many>
  void down_to(std::uint32_t number) {
    TensorData** const slots = back_.slots_;
    for (std::uint32_t slot = left_, end = number - back_.low_; slot > end;) {
      left_ = --slot;
      TensorData* const gradient = slots[slot];
      if (!holds(gradient)) continue;
      slots[slot] = nullptr;
      step<many>(*list_.at(back_.low_ + slot), gradient);
    }
  }
  template <bool many>
  void step(Record& record, TensorData* gradient) {
    if (record.is_leaf() && !marked_) return void(arrived_[arrived_count_++] = {record.kept()[0].tensor, gradient});
    back_.gradient_ = gradient;
    if (!marked_ || leads_on(record)) pass_on<many>(record);
    if (back_.gradient_) release(std::exchange(back_.gradient_, nullptr));
  }
  template <bool many>
  void pass_on(Record& record) {
    if (record.special & ~Record::detached) [[unlikely]]
      return pass_on_special<many>(record);
    pass_on_gradients<many>(record);
  }
  // An output's gradient waits for the op, and the op's slot says that one came.
  template <bool many> [[gnu::noinline, gnu::cold]] void pass_on_special(Record& record) {
    if (record.special & Record::spent) walked_before(record);
    if (record.is_output()) {
      TensorData*& of_op = back_.slots_[record.input(0) - back_.low_];
      if (!of_op) retain(of_op = back_.gradient_);
      back_.slots_[left_] = std::exchange(back_.gradient_, nullptr);
      outputs_wait_ = true;
      return;
    }
    release(std::exchange(back_.gradient_, nullptr));
    back_.first_output_ = left_ + 1;
    pass_on_gradients<many>(record);
    for (int output = 0; output < record.count; ++output) back_.take_gradient(output);
    outputs_wait_ = false;
  }
  template <bool many> [[gnu::always_inline]] void pass_on_gradients(Record& record) {
    Kept *const first = record.kept(), *const end = first + record.kept_count;
    for (const Kept* kept = first; kept != end; ++kept)
      if (const TensorData* tensor = kept->tensor; tensor && tensor->storage->version != kept->version) [[unlikely]]
        written_since(record, *kept);
    back_.record_ = &record;
    if (watcher) [[unlikely]]
      backward_seen<many>(record);
    else backward_of<many>(record);
    if (retains_) return;
    record.special |= Record::spent;
    for (Kept* kept = first; kept != end; ++kept)
      if (TensorData* tensor = std::exchange(kept->tensor, nullptr)) release(tensor);
  }
  template <bool many>
  void backward_of(Record& record) {
    if constexpr (many) back_.directions_->pass_on(back_, left_);
    else record.op->backward(back_);
  }
  template <bool many>
  [[gnu::noinline, gnu::cold]] void backward_seen(Record& record) {
    const detail::Set of(walked, static_cast<const Record*>(&record));
    backward_of<many>(record);
  }
  [[noreturn, gnu::cold]] void walked_before(const Record& record) {
    fail<TapeError>(
        where_, "backward",
        fmt::format("this part of the tape was walked before ({}), and what it kept was let go", line_of(record)), {},
        "Pass {.retain_graph = true} to the first walk, or compute the loss again.");
  }
  [[noreturn, gnu::cold]] void written_since(const Record& record, const Kept& of) {
    const Tensor kept = Tensor::share(of.tensor);
    const Location written = kept.tensor_data()->storage->written;
    fail<TapeError>(where_, "backward",
                    fmt::format("a tensor that {} kept at {}:{} was written in place at {}:{}", record.op->name,
                                record.at.file, record.at.line, written.file, written.line),
                    {{"kept", kept}}, "Write after backward, or keep a clone().");
  }

  const RoundingToNearest rounding_;
  detail::Recording& list_;
  Location where_;
  Backward back_;
  std::size_t bytes_ = 0;  // of the slots and of what arrived, in one block
  std::uint32_t left_ = 0;  // slots that were not walked yet
  std::uint32_t arrived_count_ = 0;
  Arrived* arrived_ = nullptr;
  bool retains_;  // what the records keep
  bool marked_ = false;  // slots tell what is wanted; else every record leads to a leaf that is
  bool outputs_wait_ = false;  // gradients of outputs, in slots that were walked
};

namespace {

// Can a gradient start from here, on the open list?
bool is_recorded(const detail::Recording* list, const Tensor& output) {
  return list && (output.tensor_data()->requires_grad || output.tensor_data()->tape == list->generation());
}
// Recorded on no tape, and no leaf that asks for a gradient.
bool is_constant(const Tensor& output) {
  return output.tensor_data()->tape == 0 && !output.tensor_data()->requires_grad;
}
// The open list, or a TapeError that says why there is none, or that the output is not on it. A constant is on none:
// where it may be one, there need not be a list either.
detail::Recording* require_list(const char* op, const Tensor& output, bool allow_constant, Location at) {
  detail::Recording* list = detail::open_recording();
  (void)output.dtype();  // an undefined tensor is refused
  detail::require_own(op, output.tensor_data(), at);
  if (is_recorded(list, output) || (allow_constant && is_constant(output))) return list;
  if (const Location* opened = output.tensor_data()->tape ? detail::opening_of(output.tensor_data()->tape) : nullptr)
    fail<TapeError>(at, op, fmt::format("the tape opened at {}:{} has closed", opened->file, opened->line),
                    {{"tensor", output}}, "Call it while the tape is in scope.");
  if (list)
    fail<TapeError>(at, op, "this tensor was not computed on the open tape from anything that requires a gradient",
                    {{"tensor", output}},
                    "Call requires_grad_() on what it is computed from, and compute it while the tape is open.");
  fail<TapeError>(at, op, "no tape is open", {{"tensor", output}},
                  "Open one before computing the loss: gt::Tape tape;");
}

Tensor seed_of(const char* op, const Tensor& output, Location at) {
  if (output.numel() != 1)
    fail<ShapeError>(at, op, "starts from a loss of one element", {{"loss", output}},
                     "Reduce it first (sum, mean), or give seeds to gt::grad.");
  return full(output.shape(), 1, options_of(output), at);
}

// What is asked of the records [low, top).
struct Question {
  detail::Recording& list;
  const GradOptions& options;
  Location at;
  std::span<const Tensor> inputs;
  bool unread = false;  // only derivatives of the answers are wanted
  std::vector<std::uint32_t> from = {};  // the outputs' records; no_record for a constant
  std::vector<Wanted> wanted = {};  // the inputs' records, newest first
  std::uint32_t low = no_record, top = 0;

  void start_from(const Tensor& output) {
    from.push_back(is_recorded(&list, output) ? list.find(output.tensor_data()) : no_record);
    if (from.back() != no_record) top = std::max(top, from.back() + 1);
  }
  void want_inputs() {
    for (const Tensor& input : inputs) {
      wanted.push_back({list.find(input.tensor_data()), wanted.size()});
      low = std::min(low, wanted.back().number);
    }
    std::sort(wanted.begin(), wanted.end(), [](const Wanted& a, const Wanted& b) { return a.number > b.number; });
  }

  // One walk; its gradients are of so many directions, or, for 0, of one.
  std::vector<Tensor> answer(std::vector<Tensor> seeds, std::int64_t count, bool retain_graph) const {
    std::vector<Tensor> answers(inputs.size());
    Directions directions(count, count && low < top ? top - low : 0);
    Walk walk(list, {.create_graph = options.create_graph, .retain_graph = retain_graph}, at, low, top,
              count ? &directions : nullptr);
    walk.want(wanted);
    if (unread) walk.leave_unread();
    for (std::size_t i = 0; i < from.size(); ++i)
      if (from[i] != no_record) walk.seed(from[i], std::move(seeds[i]));
    if (count) walk.answer<true>(wanted, answers);
    else walk.answer<false>(wanted, answers);
    return answers;
  }
};

// How many directions one walk takes: their gradients stay in the caches, and none has more dimensions than a tensor
// may have. With one alone, formulas gain nothing from it.
std::int64_t directions_together(const Question& question) {
  constexpr std::int64_t most = 1 << 18;  // elements of a gradient
  std::int64_t longest = 1;
  for (std::uint32_t number = question.low; number < question.top; ++number) {
    const Record& record = *question.list.at(number);
    if (record.rank == max_rank) return 1;
    longest = std::max(longest, record.count);
  }
  return std::max<std::int64_t>(1, most / longest);
}

// The dimensions of the seeds before those of their outputs: all have the same.
Shape lead_of(std::span<const Tensor> outputs, std::span<const Tensor> seeds, Location at) {
  Shape first;
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    const auto rank = static_cast<std::size_t>(seeds[i].dim() - outputs[i].dim());
    const Shape lead(std::span(seeds[i].shape().begin(), rank));
    if (i == 0) first = lead;
    if (!(lead == first))
      fail<ShapeError>(at, "grad", "the seeds differ in their leading dimensions",
                       {{"seed", seeds[0]}, {"other", seeds[i]}}, "Each direction has a seed for each output.");
  }
  return first;
}

// A shape without its first dimensions.
Shape behind(const Shape& shape, int lead) {
  return Shape(std::span(shape.begin() + lead, static_cast<std::size_t>(shape.rank() - lead)));
}

// Seeds [*lead, *output's shape] give [*lead, *input's shape], in as many walks as it takes.
std::vector<Tensor> answer_directions(const Question& question, std::vector<Tensor> seeds, const Shape& lead) {
  const std::int64_t directions = count_of(lead), together = directions == 1 ? 1 : directions_together(question);
  for (Tensor& seed : seeds) seed = joined_gradients({seed}, joined({directions}, behind(seed.shape(), lead.rank())));
  std::vector<std::vector<Tensor>> parts(question.inputs.size());
  std::vector<bool> found(parts.size(), directions == 0);
  for (std::int64_t first = 0; first < directions; first += together) {
    const std::int64_t count = std::min(together, directions - first);
    const bool alone = together == 1, last = first + count == directions;
    const Shape in_walk = alone ? Shape{} : Shape{count};
    std::vector<Tensor> some;
    for (const Tensor& seed : seeds)
      some.push_back(
          joined_gradients({part_of_directions(seed, first, count)}, joined(in_walk, behind(seed.shape(), 1))));
    auto answers = question.answer(std::move(some), alone ? 0 : count, question.options.retain_graph || !last);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const Tensor& input = question.inputs[i];
      found[i] = found[i] || answers[i].defined();
      parts[i].push_back(answers[i].defined() ? std::move(answers[i])
                                              : zeros(joined(in_walk, input.shape()), options_of(input)));
    }
  }
  std::vector<Tensor> all(parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Tensor& input = question.inputs[i];
    const Shape shape = joined(lead, input.shape());
    if (parts[i].empty()) all[i] = zeros(shape, options_of(input));
    else if (found[i]) all[i] = joined_gradients(parts[i], shape);
  }
  return all;
}

// The seed of output i, checked; its leading dimensions become one, of directions.
Tensor given_seed(const Tensor& output, const Tensor& seed, Location at) {
  if (!ends_in(seed.shape(), output.shape()))
    fail<ShapeError>(at, "grad", "a seed has the shape of its output", {{"output", output}, {"seed", seed}});
  require_one_device("grad", {{"output", output}, {"seed", seed}}, at);
  return seed.tensor_data()->weak_type ? full({}, seed.item(), options_of(output)) : seed.to(output.dtype());
}

}  // namespace

void fill_leaves(const Tensor& loss, BackwardOptions options, Location at) {
  Call call(at);
  detail::Recording& list = *require_list("backward", loss, false, at);
  Tensor seed = seed_of("backward", loss, at);
  const std::uint32_t number = list.find(loss.tensor_data());
  // Recording goes on only when its graph is wanted.
  const RecordingScope scope(options.create_graph ? &list : nullptr);
  Walk walk(list, options, at, 0, number + 1);
  walk.seed(number, std::move(seed));
  walk.fill_leaves();
}

std::vector<Tensor> gradients_at(detail::Recording& list, std::uint32_t from, Tensor gradient,
                                 std::span<const std::uint32_t> records, Location at) {
  const NoGrad pause;
  std::vector<Wanted> wanted;
  for (const std::uint32_t number : records) wanted.push_back({number, wanted.size()});
  std::vector<Tensor> answers(records.size());
  Walk walk(list, {.retain_graph = true}, at, records.back(), from + 1);
  walk.want(wanted);
  walk.seed(from, std::move(gradient));
  walk.answer<false>(wanted, answers);
  return answers;
}

bool take_directions(const Tensor& output, const Tensor& input) {
  detail::Recording* const list = detail::open_recording();
  if (!is_recorded(list, output) || !is_recorded(list, input)) return true;
  const std::uint32_t top = list->find(output.tensor_data());
  for (std::uint32_t number = list->find(input.tensor_data()); number <= top; ++number)
    if (const Record& record = *list->at(number); !record.is_leaf() && !record.op->takes_directions) return false;
  return true;
}

std::vector<Tensor> gradients_of(std::span<const Tensor> outputs, std::span<const Tensor> inputs,
                                 const GradOptions& options, bool unread, Location at) {
  Call call(at);
  if (outputs.empty()) fail<ValueError>(at, "grad", "no output was given");
  if (!options.seeds.empty() && options.seeds.size() != outputs.size())
    fail<ValueError>(at, "grad", fmt::format("{} seeds for {} outputs", options.seeds.size(), outputs.size()));
  detail::Recording* list = nullptr;
  for (const Tensor& output : outputs) list = require_list("grad", output, options.allow_unused, at);
  const RecordingScope scope(options.create_graph ? list : nullptr);

  std::vector<Tensor> seeds;
  for (std::size_t i = 0; i < outputs.size(); ++i)
    seeds.push_back(options.seeds.empty() ? seed_of("grad", outputs[i], at)
                                          : given_seed(outputs[i], options.seeds[i], at));
  for (const Tensor& input : inputs) (void)input.dtype();
  if (!list) return std::vector<Tensor>(inputs.size());  // constants, and no tape
  Question question{*list, options, at, inputs, unread};
  for (const Tensor& output : outputs) question.start_from(output);
  question.want_inputs();
  const Shape lead = lead_of(outputs, seeds, at);
  auto answers = lead.rank() == 0 ? question.answer(std::move(seeds), 0, options.retain_graph)
                                  : answer_directions(question, std::move(seeds), lead);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (!answers[i].defined() && !options.allow_unused)
      fail<TapeError>(at, "grad", fmt::format("the loss does not depend on input {}", i), {{"input", inputs[i]}},
                      "Pass {.allow_unused = true} to get an undefined tensor for it.");
  return answers;
}

}  // namespace gradtape
