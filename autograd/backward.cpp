#include <gradtape/autograd/backward.h>

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include <gradtape/autograd/effects.h>
#include <gradtape/autograd/error.h>
#include <gradtape/autograd/grad.h>
#include <gradtape/autograd/leaf.h>
#include <gradtape/autograd/profiler_range.h>
#include <gradtape/autograd/tape_history.h>

namespace gradtape {

void Backward::add_up(Record& to, const Tensor& gradient) {
  to.gradient = sum_of_gradients(Tensor::adopt(std::exchange(to.gradient, nullptr)), gradient).let_go();
}

void add_to_leaf(Body* body, Tensor gradient) {
  Leaf& leaf = leaf_of(body);
  std::lock_guard lock(leaf.mutex);
  if (effects) [[unlikely]] effects->will_add(body);
  // What others hold too (an expanded view, a gradient that went to two leaves) is copied: a leaf's own is dense.
  const bool is_own = effects ? !effects->left(gradient) : only_owner(gradient.body());
  if (!gradient.is_contiguous() || !is_own) gradient = gradient.clone();
  if (leaf.gradient.defined() && !leaf.consumed) gradient = sum_of_gradients(std::move(leaf.gradient), gradient);
  leaf.gradient = std::move(gradient);
  leaf.consumed = false;
}

// One walk over the records, from the newest output down to the lowest record needed.
class Walk {
 public:
  Walk(Recording& list, BackwardOptions options, Location where)
      : list_(list), options_(options), where_(where), back_(list, options.create_graph, true) {}
  // Leaves no marks and no half-made gradients, so that the tape can be used after an exception.
  ~Walk() {
    if (back_.gradient_) release(back_.gradient_);
    if (clean_) return;
    for (std::uint32_t number = low_; number < top_; ++number) {
      Record& record = *list_.at(number);
      if (record.gradient) drop_gradient(record);
      record.needed = false;
      record.wanted = no_record;
    }
  }
  Walk(const Walk&) = delete;
  Walk& operator=(const Walk&) = delete;

  // Starts from a seed; the highest record starts the walk.
  void seed(std::uint32_t number, Tensor gradient) {
    Record& record = *list_.at(number);
    record.gradient = record.gradient
                          ? sum_of_gradients(Tensor::adopt(std::exchange(record.gradient, nullptr)), gradient).let_go()
                          : gradient.let_go();
    top_ = std::max(top_, number + 1);
  }
  // Only records on the way to the wanted ones are walked.
  void want(std::span<const std::uint32_t> numbers) {
    back_.all_needed_ = false;
    low_ = top_;
    for (std::uint32_t i = 0; i < numbers.size(); ++i) {
      if (numbers[i] >= top_) continue;
      list_.at(numbers[i])->needed = true;
      list_.at(numbers[i])->wanted = i;
      low_ = std::min(low_, numbers[i]);
    }
    for (std::uint32_t number = low_; number < top_; ++number) {
      Record& record = *list_.at(number);
      for (int i = 0; i < record.input_count && !record.needed; ++i)
        if (record.inputs()[i] != no_record && record.inputs()[i] >= low_) record.needed = list_.at(record.inputs()[i])->needed;
    }
  }
  // Fills parameter.grad() when there are no answers, else the answers.
  void run(std::vector<Tensor>* answers) {
    for (std::uint32_t number = top_; number-- > low_;) step(*list_.at(number), answers);
    clean_ = back_.all_needed_;  // then every slot was emptied on the way
  }

 private:
  void step(Record& record, std::vector<Tensor>* answers) {
    if (!record.gradient) return;
    if (!back_.all_needed_ && !record.needed) return drop_gradient(record);
    if (record.wanted != no_record) (*answers)[record.wanted] = Tensor::share(record.gradient);
    if (record.is_leaf()) {
      if (answers) return drop_gradient(record);
      return add_to_leaf(record.kept()[0].body, Tensor::adopt(std::exchange(record.gradient, nullptr)));
    }
    if (record.spent) [[unlikely]] walked_before(record);
    Kept* const kept = record.kept();
    for (int i = 0; i < record.kept_count; ++i)
      if (const Body* body = kept[i].body; body && body->storage->version != kept[i].version) [[unlikely]] written_since(record, i);
    back_.record_ = &record;
    back_.gradient_ = std::exchange(record.gradient, nullptr);
    {
      const ProfilerRange range(record.op->name);
      record.op->backward(back_);
    }
    if (back_.gradient_) release(std::exchange(back_.gradient_, nullptr));
    if (options_.create_graph || options_.retain_graph) return;
    record.spent = true;
    for (int i = 0; i < record.kept_count; ++i)
      if (Body* body = std::exchange(kept[i].body, nullptr)) release(body);
  }
  void drop_gradient(Record& record) { release(std::exchange(record.gradient, nullptr)); }
  [[noreturn, gnu::cold]] void walked_before(const Record& record) {
    fail<TapeError>(where_, "backward", fmt::format("this part of the tape was walked before ({} at {}:{}), and what it kept was let go",
                                                    record.op->name, record.where.file, record.where.line),
                    {}, "Pass {.retain_graph = true} to the first walk, or compute the loss again.");
  }
  [[noreturn, gnu::cold]] void written_since(const Record& record, int i) {
    const Tensor kept = Tensor::share(record.kept()[i].body);
    const Location written = kept.body()->storage->written;
    fail<TapeError>(where_, "backward",
                    fmt::format("a tensor that {} kept at {}:{} was written in place at {}:{}", record.op->name, record.where.file,
                                record.where.line, written.file, written.line),
                    {{"kept", kept}}, "Write after backward, or keep a clone().");
  }

  Recording& list_;
  BackwardOptions options_;
  Location where_;
  Backward back_;
  std::uint32_t low_ = 0, top_ = 0;
  bool clean_ = false;
};

namespace {

// The open list and the record of an output, or a TapeError that says why there is none.
Recording& require_list(const char* op, const Tensor& output, Location where) {
  Recording* list = open_recording();
  (void)output.dtype();  // an undefined tensor is refused
  const Body* body = output.body();
  require_own(op, output.body(), where);
  if (list && (body->requires_grad || body->tape == list->generation())) return *list;
  if (list)
    fail<TapeError>(where, op, "this tensor was not computed on the open tape from anything that requires a gradient", {{"tensor", output}},
                    "Call requires_grad_() on what it is computed from, and compute it while the tape is open.");
  if (const Location* opened = body->tape ? opening_of(body->tape) : nullptr)
    fail<TapeError>(where, op, fmt::format("the tape opened at {}:{} has closed", opened->file, opened->line), {{"tensor", output}},
                    "Call it while the tape is in scope.");
  fail<TapeError>(where, op, "no tape is open", {{"tensor", output}}, "Open one before computing the loss: gt::Tape tape;");
}

Tensor seed_of(const char* op, const Tensor& output, Location where) {
  if (output.numel() != 1)
    fail<ShapeError>(where, op, "starts from a loss of one element", {{"loss", output}},
                     "Reduce it first (sum, mean), or give seeds to gt::grad.");
  return full(output.shape(), 1, {.dtype = output.dtype(), .device = output.device()}, where);
}

// Recording goes on in the backward pass only when its graph is wanted.
class RecordBackward {
 public:
  RecordBackward(bool create_graph, Recording* list) : before_(std::exchange(recording, create_graph ? list : nullptr)) {}
  ~RecordBackward() { recording = before_; }
  RecordBackward(const RecordBackward&) = delete;
  RecordBackward& operator=(const RecordBackward&) = delete;

 private:
  Recording* before_;
};

}  // namespace

void Tensor::backward(BackwardOptions options, Location where) const {
  Call call(where);
  Recording& list = require_list("backward", *this, where);
  Tensor seed = seed_of("backward", *this, where);
  const std::uint32_t number = list.find(body_);
  RecordBackward scope(options.create_graph, &list);
  Walk walk(list, options, where);
  walk.seed(number, std::move(seed));
  walk.run(nullptr);
}

std::vector<Tensor> grad(std::span<const Tensor> outputs, std::span<const Tensor> inputs, const GradOptions& options,
                         Location where) {
  Call call(where);
  if (outputs.empty()) fail<ValueError>(where, "grad", "no output was given");
  if (!options.seeds.empty() && options.seeds.size() != outputs.size())
    fail<ValueError>(where, "grad", fmt::format("{} seeds for {} outputs", options.seeds.size(), outputs.size()));
  Recording* list = nullptr;
  for (const Tensor& output : outputs) list = &require_list("grad", output, where);
  Walk walk(*list, {.create_graph = options.create_graph, .retain_graph = options.retain_graph}, where);
  RecordBackward scope(options.create_graph, list);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!options.seeds.empty() && !(options.seeds[i].shape() == outputs[i].shape()))
      fail<ShapeError>(where, "grad", "a seed has the shape of its output", {{"output", outputs[i]}, {"seed", options.seeds[i]}});
    if (!options.seeds.empty()) require_one_device("grad", {{"output", outputs[i]}, {"seed", options.seeds[i]}}, where);
    const Tensor seed = options.seeds.empty() ? seed_of("grad", outputs[i], where) : options.seeds[i].to(outputs[i].dtype());
    walk.seed(list->find(outputs[i].body()), seed);
  }
  std::vector<std::uint32_t> numbers;
  std::vector<Tensor> answers(inputs.size());
  for (const Tensor& input : inputs) {
    (void)input.dtype();
    numbers.push_back(list->find(input.body()));
  }
  walk.want(numbers);
  walk.run(&answers);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (answers[i].defined()) continue;
    for (std::size_t j = 0; j < i; ++j)  // the same tensor asked for twice
      if (numbers[j] == numbers[i]) answers[i] = answers[j];
    for (std::size_t j = i + 1; j < inputs.size(); ++j)
      if (numbers[j] == numbers[i]) answers[i] = answers[j];
    if (!answers[i].defined() && !options.allow_unused)
      fail<TapeError>(where, "grad", fmt::format("the loss does not depend on input {}", i), {{"input", inputs[i]}},
                      "Pass {.allow_unused = true} to get an undefined tensor for it.");
  }
  return answers;
}
std::vector<Tensor> grad(const Tensor& loss, std::span<const Tensor> inputs, const GradOptions& options, Location where) {
  return grad(std::span(&loss, 1), inputs, options, where);
}

}  // namespace gradtape
