// The backward walk: what an op's backward function reads, and where it puts gradients.
#pragma once

#include <vector>

#include <gradtape/autograd/recording.h>

namespace gradtape {

class Directions;
struct GradOptions;

class Backward {
 public:
  // The gradient of the record's output. Taken by its last reader, which may then be its only owner and write over it.
  Tensor gradient() const { return Tensor::share(there()); }
  Tensor take_gradient() { return Tensor::adopt((there(), std::exchange(gradient_, nullptr))); }
  void give_back(Tensor gradient) { gradient_ = gradient.let_go(); }
  // The same of one of several outputs. No gradient came for an output that nothing used: then it is undefined, or 0.
  int outputs() const { return has_several() ? static_cast<int>(record_->count) : 1; }
  Tensor gradient(int output) const;
  Tensor take_gradient(int output);
  Tensor take_gradient_or_zeros(int output);
  // Is the gradient of input i asked for?
  bool wants(int input) const { return slot_of(input) != nullptr; }
  // The i-th kept tensor; undefined where none was kept.
  Tensor kept(int i) const {
    if (static_cast<unsigned>(i) >= record_->kept_count) [[unlikely]]
      refuse_kept(i);
    TensorData* tensor = record_->kept()[i].tensor;
    return tensor ? Tensor::share(tensor) : Tensor();
  }
  template <class A>
  const A& attributes() const {
    if (!std::is_empty_v<A> && sizeof(A) > record_->attribute_bytes) [[unlikely]]
      refuse_attributes(sizeof(A));
    return *static_cast<const A*>(record_->attributes());
  }
  // Adds to the gradient of input i; left alone when nobody asks for it. Shape, type and device must be the input's:
  // here is where they are checked, for all that comes after. Throws ShapeError, DTypeError, DeviceError, ValueError
  // naming op and input.
  void add(int input, Tensor gradient) {
    if (!gradient.defined()) [[unlikely]]
      refuse_undefined(input);
    TensorData** const slot = slot_of(input);
    if (!slot) return;
    if (!list_.at(record_->input(input))->looks_like(gradient.tensor_data())) [[unlikely]]
      return add_led(input, std::move(gradient));
    if (*slot) return add_up(*slot, gradient);
    *slot = gradient.let_go();
  }

  // The same for a gradient that was made after the output's, and an input that looks like the output: it fits, and is
  // not checked again.
  void add_alike(int input, Tensor&& gradient) {
    const std::uint32_t slot = record_->input(input) - low_;
    if (slot >= slot_count_ || slots_[slot] == unwanted()) return;
    if (slots_[slot]) return add_up(slots_[slot], gradient);
    slots_[slot] = gradient.let_go();
  }

  // Note: many directions in one walk. Gradients, those that are read and those that are added, may have one leading
  // dimension, of as many directions: lead() is how many such dimensions there are, 0 or 1, and led(shape) the shape of
  // a gradient for an input of this shape. Only ops that say takes_directions see it; the others pass on one direction
  // after the other, and know nothing of it.
  int lead() const { return directions_ != nullptr; }
  Shape led(const Shape& shape) const;

  // Does anybody read the numbers of input i's gradient, or is it made to be differentiated only? Then they may be any.
  bool is_read(int input) const { return !unread_ || !list_.at(record_->input(input))->is_leaf(); }

  // Is the pass written in tensor ops: because it is recorded, or because formulas broadcast over directions?
  bool create_graph() const { return create_graph_; }
  Record& record() const { return *record_; }
  Location where() const { return record_->at; }

 private:
  friend class BackwardPass;
  friend class Directions;
  friend class OneDirection;
  Backward(detail::Recording& list, bool create_graph, Directions* directions)
      : list_(list), directions_(directions), create_graph_(create_graph || directions) {}

  bool has_several() const { return record_->special & Record::several; }
  // The record of one of several outputs, and where its gradient waits: null beyond what is walked.
  const Record& record_of_output(int output) const {
    return *list_.at(low_ + first_output_ + static_cast<std::uint32_t>(output));
  }
  TensorData** slot_of_output(int output) const;
  TensorData* there() const {
    if (!gradient_) [[unlikely]]
      refuse_taken();
    return gradient_;
  }
  // Where the gradient of an input is gathered; null when nobody asks for it.
  TensorData** slot_of(int input) const {
    if (static_cast<unsigned>(input) >= record_->input_count) [[unlikely]]
      refuse_input(input);
    // Beyond all slots for no_record and for what lies below them.
    const std::uint32_t slot = record_->input(input) - low_;
    return slot < slot_count_ && slots_[slot] != unwanted() ? slots_ + slot : nullptr;
  }
  // What stands in the slot of a record that leads to nothing wanted.
  static TensorData* unwanted() { return reinterpret_cast<TensorData*>(~std::uintptr_t(0)); }

  static void add_up(TensorData*& slot, const Tensor& gradient);
  [[gnu::cold]] void add_led(int input, Tensor gradient);
  [[noreturn, gnu::cold]] void refuse_taken() const;
  [[noreturn, gnu::cold]] void refuse_input(int input) const;
  [[noreturn, gnu::cold]] void refuse_output(int output) const;
  [[noreturn, gnu::cold]] void refuse_kept(int i) const;
  [[noreturn, gnu::cold]] void refuse_attributes(std::size_t bytes) const;
  [[noreturn, gnu::cold]] void refuse_undefined(int input) const;
  [[noreturn, gnu::cold]] void refuse_gradient(int input, const Tensor& gradient) const;

  detail::Recording& list_;
  Record* record_ = nullptr;
  TensorData* gradient_ = nullptr;
  TensorData** slots_ = nullptr;  // of the records from low_ on: the walk's own
  std::uint32_t low_ = 0, slot_count_ = 0;
  std::uint32_t first_output_ = 0;  // its slot, when the record has several outputs
  Directions* directions_;  // null: gradients are of one, without a dimension for them
  bool create_graph_;
  bool unread_ = false;
};

// Adds d(loss)/d(leaf) into the gradient of every leaf that it was computed from; throws as Tensor::backward() does.
void fill_leaves(const Tensor& loss, BackwardOptions options, Location at);

// The gradients of outputs, as grad() gives them. `unread`: only their derivatives are wanted, and their own numbers
// may be any.
std::vector<Tensor> gradients_of(std::span<const Tensor> outputs, std::span<const Tensor> inputs,
                                 const GradOptions& options, bool unread, Location at);

// What a gradient of record `from` brings to some records, given newest first; undefined where nothing comes. Walks
// over what was kept, and lets none of it go.
std::vector<Tensor> gradients_at(detail::Recording& list, std::uint32_t from, Tensor gradient,
                                 std::span<const std::uint32_t> records, Location at);

// Does each op recorded from the input to the output on the open tape take many directions?
bool take_directions(const Tensor& output, const Tensor& input);

}  // namespace gradtape
