#include <gradtape/autograd/explain.h>

#include <algorithm>
#include <optional>
#include <ostream>
#include <vector>

#include <fmt/format.h>

#include <gradtape/autograd/backward.h>
#include <gradtape/autograd/captured_step.h>
#include <gradtape/autograd/leaf.h>
#include <gradtape/autograd/number_range.h>
#include <gradtape/autograd/tape.h>

namespace gradtape {
namespace {

using Reason = Explanation::Reason;

std::string shown(const TensorData& x) {
  return fmt::format("{} {}", to_string(x.shape), to_string(detail::NumberRange(x)));
}

std::string opened_at(std::uint64_t generation) {
  const Location* opened = detail::opening_of(generation);
  return opened ? fmt::format("the tape opened at {}:{}, which has closed", opened->file, opened->line)
                : std::string("a tape that has closed");
}

// What a walk brought to a record.
struct Arrival {
  bool came = false, finite = true, zero = true;
  Tensor gradient = {};
};

// The records between an input and a loss.
class Path {
 public:
  Path(detail::Recording& list, const Tensor& loss, const Tensor& input, Location at)
      : list_(list),
        where_(at),
        input_(input.tensor_data()),
        from_(number_of(input)),
        to_(number_of(loss)),
        leads_(list.size()),
        led_to_(list.size()) {
    if (to_ != no_record) leads_[to_] = true;
    if (from_ != no_record) led_to_[from_] = true;
    for (std::uint32_t r = list.size(); r-- > 0;)
      for (const std::uint32_t input : inputs_of(r))
        if (leads_[r]) leads_[input] = true;
    for (std::uint32_t r = 0; r < list.size(); ++r)
      for (const std::uint32_t input : inputs_of(r))
        if (led_to_[input]) led_to_[r] = true;
  }

  bool is_complete() const { return from_ != no_record && leads_[from_]; }

  // No op leads from the input to the loss: where does the trail end?
  Explanation break_of() const {
    if (const auto found = read_as_constant()) return *found;
    if (const auto found = detached_before_constant()) return *found;
    Explanation why{.reason = Reason::not_on_path, .text = "no op that was recorded leads from the input to the loss."};
    if (const std::uint32_t last = last_computed(); last == from_ || last == no_record)
      why.text += " No op on this tape has read it as a variable.";
    else why = blamed(Reason::not_on_path, last, why.text + "\n  The last one computed from it: " + place_of(last));
    for (std::uint32_t r = list_.size(), shown = 0; r-- > 0 && shown < 3;) {
      if (!leads_[r] || !reads_constant(r)) continue;
      why.text += fmt::format("\n  A constant is read by:         {}", place_of(r));
      ++shown;
    }
    why.text += "\n  Before a constant may stand detach(), NoGrad, item(), or a tape that has closed.";
    return why;
  }

  // What the walk brings to the input, and which op made it so.
  Explanation flow(const Tensor& loss) {
    walk(loss);
    const Arrival& there = arrivals_[from_];
    if (!there.finite) return first_not_finite();
    if (there.zero) return first_zero();
    const detail::NumberRange range(*there.gradient.tensor_data());
    return {.reason = Reason::flows,
            .text = fmt::format("a gradient flows: {}, {} of {} are 0.", shown(*there.gradient.tensor_data()),
                                range.zeros, range.count)};
  }

 private:
  std::uint32_t number_of(const Tensor& x) const {
    if (x.tensor_data()->tape == list_.generation()) return x.tensor_data()->record;
    for (std::uint32_t r = 0; x.tensor_data()->requires_grad && r < list_.size(); ++r)
      if (list_.at(r)->is_leaf() && list_.at(r)->kept()[0].tensor == x.tensor_data()) return r;
    return no_record;
  }
  // The records of a record's inputs; a constant has none.
  std::vector<std::uint32_t> inputs_of(std::uint32_t number) const {
    const Record& record = *list_.at(number);
    std::vector<std::uint32_t> inputs;
    for (int i = 0; i < record.input_count; ++i)
      if (record.input(i) != no_record) inputs.push_back(record.input(i));
    return inputs;
  }
  bool reads_constant(std::uint32_t number) const { return inputs_of(number).size() < list_.at(number)->input_count; }
  std::vector<const TensorData*> kept_by(std::uint32_t number) const {
    const Record& record = *list_.at(number);
    std::vector<const TensorData*> kept;
    for (int i = 0; i < record.kept_count && !record.is_leaf(); ++i)
      if (const TensorData* tensor = record.kept()[i].tensor) kept.push_back(tensor);
    return kept;
  }
  // The op's own record, for one of its outputs.
  const Record& op_of(std::uint32_t number) const {
    const Record& record = *list_.at(number);
    return record.is_output() ? *list_.at(record.input(0)) : record;
  }
  std::string place_of(std::uint32_t number) const {
    const Record& record = op_of(number);
    return fmt::format("{} at {}:{}", record.op->name, record.at.file, record.at.line);
  }
  Explanation blamed(Reason reason, std::uint32_t number, std::string text) const {
    return {.reason = reason, .op = op_of(number).op->name, .line = op_of(number).at, .text = std::move(text)};
  }

  // A constant that was not kept is gone. It was likely this one, if what was computed last was detached before.
  std::optional<Explanation> detached_before_constant() const {
    const std::uint32_t last = last_computed();
    if (last == no_record || !(list_.at(last)->special & Record::detached)) return {};
    for (std::uint32_t r = last + 1; r < list_.size(); ++r)
      if (leads_[r] && reads_constant(r) && list_.at(r)->kept_count == 0)
        return blamed(Reason::cut, r,
                      fmt::format("{} reads a constant; it is likely what {} computed from the input.\n  That was cut "
                                  "off by detach().",
                                  place_of(r), place_of(last)));
    return {};
  }
  std::uint32_t last_computed() const {
    for (std::uint32_t r = list_.size(); r-- > 0;)
      if (led_to_[r]) return r;
    return no_record;
  }

  // Looks among what ops before the loss kept for numbers that were computed from the input, and for those of another
  // tape.
  //
  // Note: whose numbers a detached tensor has. It shares the storage, which lies in the body that it was made with:
  // there stands the record.
  std::optional<Explanation> read_as_constant() const {
    std::optional<Explanation> found;
    for (std::uint32_t r = list_.size(); r-- > 0;)
      for (const TensorData* kept : leads_[r] ? kept_by(r) : std::vector<const TensorData*>()) {
        TensorData* const owner = owner_of(kept->storage);
        const std::uint32_t source = number_of(Tensor::share(owner));
        const bool is_input = owner == input_ || (source != no_record && source == from_);
        if (is_input || (source != no_record && led_to_[source]))
          return blamed(
              Reason::cut, r,
              fmt::format("{} reads {} as a constant, {}.\n  It was cut off there: by detach(), or by NoGrad.",
                          place_of(r), is_input ? "the input" : "what " + place_of(source) + " computed from the input",
                          to_string(kept->shape)));
        if (!found && owner->tape != 0 && owner->tape != list_.generation())
          found =
              blamed(Reason::tape_closed, r,
                     fmt::format("{} reads a tensor {} of {}: since then it is a constant.\n  Compute it while this "
                                 "tape is open.",
                                 place_of(r), to_string(kept->shape), opened_at(owner->tape)));
      }
    return found;
  }

  void walk(const Tensor& loss) {
    std::vector<std::uint32_t> numbers;
    for (std::uint32_t r = list_.size(); r-- > 0;)
      if (is_on_path(r) && !(list_.at(r)->special & Record::several)) numbers.push_back(r);
    const auto gradients = gradients_at(list_, to_, ones_like(loss.detach()), numbers, where_);
    arrivals_.resize(list_.size());
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (!gradients[i].defined()) continue;
      const detail::NumberRange range(*gradients[i].tensor_data());
      arrivals_[numbers[i]] = {true, range.finite(), range.all_zero(), gradients[i]};
      if (const Record& record = *list_.at(numbers[i]); record.is_output()) {
        Arrival& of_op = arrivals_[record.input(0)];
        of_op = {true, of_op.finite && range.finite(), of_op.zero && range.all_zero()};
      }
    }
  }
  bool is_on_path(std::uint32_t number) const { return leads_[number] && led_to_[number]; }

  // The newest record to which a gradient came that is not finite; one of its readers, to which finite ones came, made
  // it.
  Explanation first_not_finite() const {
    std::uint32_t first = list_.size() - 1;
    while (!(is_on_path(first) && arrivals_[first].came && !arrivals_[first].finite)) --first;
    std::uint32_t maker = no_record;
    for (std::uint32_t r = first + 1; r < list_.size(); ++r)
      if (is_on_path(r) && arrivals_[r].came && std::ranges::count(inputs_of(r), first) > 0 &&
          (maker == no_record || passes_not_finite(r, first)))
        maker = r;
    if (maker == no_record) return {.reason = Reason::not_finite, .text = {}};
    Explanation why = blamed(
        Reason::not_finite, maker,
        fmt::format("{} made the first gradient that is not finite.{}", place_of(maker), what_passed(maker, first)));
    const bool forward = std::ranges::any_of(
        kept_by(maker), [](const TensorData* kept) { return !detail::NumberRange(*kept).finite(); });
    why.text +=
        forward ? "\n  What it read was not finite: a gt::NanTrace around the forward pass names the op that made it."
                : "\n  Keep what it reads away from there: clamp it, or choose with where() before this op.";
    return why;
  }
  // Does this reader pass on by itself what is not finite?
  bool passes_not_finite(std::uint32_t reader, std::uint32_t number) const {
    if (!arrivals_[reader].gradient.defined()) return true;
    const auto alone = gradients_at(list_, reader, arrivals_[reader].gradient, {&number, 1}, where_)[0];
    return alone.defined() && !detail::NumberRange(*alone.tensor_data()).finite();
  }

  // The ops to which something else than 0 came, and who passed on nothing but 0.
  Explanation first_zero() const {
    Explanation why{.reason = Reason::zero, .text = "the gradient is 0 everywhere."};
    int named = 0;
    for (std::uint32_t r = list_.size(); r-- > 0 && named < 3;) {
      if (!is_on_path(r) || !arrivals_[r].came || arrivals_[r].zero) continue;
      bool all_zero = true;
      std::uint32_t to = no_record;
      for (const std::uint32_t input : inputs_of(r)) {
        if (!is_on_path(input)) continue;
        all_zero &= arrivals_[input].zero;
        to = input;
      }
      if (!all_zero || to == no_record) continue;
      if (named++ == 0) why = blamed(Reason::zero, r, why.text);
      why.text += fmt::format("\n  {} passes on nothing else.{}", place_of(r), what_passed(r, to));
    }
    return why;
  }

  std::string what_passed(std::uint32_t reader, std::uint32_t number) const {
    std::string text;
    if (const Tensor& came = arrivals_[reader].gradient; came.defined())
      text += "\n    came  " + shown(*came.tensor_data());
    if (const Tensor& went = arrivals_[number].gradient; went.defined())
      text += "\n    went  " + shown(*went.tensor_data());
    for (const TensorData* kept : kept_by(reader)) text += "\n    read  " + shown(*kept);
    return text;
  }

  detail::Recording& list_;
  const Location where_;
  const TensorData* const input_;
  const std::uint32_t from_, to_;
  std::vector<bool> leads_, led_to_;  // by record: to the loss, from the input
  std::vector<Arrival> arrivals_;  // by record
};

bool is_variable(const Tensor& x, const detail::Recording* list) {
  return x.tensor_data()->requires_grad || (list && x.tensor_data()->tape == list->generation());
}

Explanation why_not_asked(const Tensor& input, const detail::Recording* list) {
  if (input.tensor_data()->tape != 0)
    return {.reason = Reason::tape_closed,
            .text = fmt::format(
                "the input was computed on {}: since then it is a constant.\n  Ask for the gradient of what it was "
                "computed from, and compute it while the tape is open.",
                opened_at(input.tensor_data()->tape))};
  const std::string cure = "\n  Call requires_grad_() on it before the loss is computed.";
  if (!is_floating(input.dtype()))
    return {.reason = Reason::not_asked,
            .text = fmt::format("the input is {}: only floating numbers have gradients.", name_of(input.dtype()))};
  if (detail::is_frozen(input.tensor_data()))
    return {.reason = Reason::not_asked, .text = "the input is frozen: requires_grad_(false) was called on it." + cure};
  const Tensor owner = Tensor::share(owner_of(input.tensor_data()->storage));
  if (owner.tensor_data() != input.tensor_data() && is_variable(owner, list))
    return {
        .reason = Reason::not_asked,
        .text = "the input is a detach() of a tensor that has a gradient; it has none itself.\n  Ask for that one's."};
  return {.reason = Reason::not_asked, .text = "the input does not ask for a gradient." + cure};
}

Explanation why_constant(const Tensor& loss, const detail::Recording* list) {
  if (loss.tensor_data()->tape != 0)
    return {.reason = Reason::tape_closed,
            .text = fmt::format("the loss was computed on {}.\n  Explain it while that is open.",
                                opened_at(loss.tensor_data()->tape))};
  const TensorData& owner = *owner_of(loss.tensor_data()->storage);
  if (list && owner.tape == list->generation()) {
    const Record& source = *list->at(owner.record);
    return {.reason = Reason::cut,
            .op = source.op->name,
            .line = source.at,
            .text = fmt::format("the loss is a detach() of what {} at {}:{} computed.", source.op->name, source.at.file,
                                source.at.line)};
  }
  return {.reason = Reason::constant_loss,
          .text = list ? "the loss is a constant: nothing it was computed from had a gradient.\n  detach(), NoGrad or "
                         "item() may stand "
                         "before it, or no leaf asks: requires_grad_()."
                       : "no tape is open.\n  Open one before computing the loss: gt::Tape tape;"};
}

}  // namespace

Explanation explain(const Tensor& loss, const Tensor& input, Location at) {
  Call call(at);
  refuse_inside_capture("explain", "it reads numbers", "Explain the step run by hand.");
  (void)loss.dtype(), (void)input.dtype();  // undefined tensors are refused
  detail::Recording* const list = detail::open_recording();
  if (!is_variable(input, list)) return why_not_asked(input, list);
  if (!is_variable(loss, list) || !list) return why_constant(loss, list);
  Path path(*list, loss, input, at);
  return path.is_complete() ? path.flow(loss) : path.break_of();
}

std::ostream& operator<<(std::ostream& out, const Explanation& explanation) { return out << explanation.text; }

}  // namespace gradtape
