// The backward walk: what an op's backward function reads, and where it puts gradients.
#pragma once

#include <gradtape/autograd/recording.h>

namespace gradtape {

class Backward {
 public:
  // The gradient of the record's output. Taken by its last reader, which may then be its only owner and write over it.
  Tensor gradient() const { return Tensor::share(there()); }
  Tensor take_gradient() { return Tensor::adopt((there(), std::exchange(gradient_, nullptr))); }
  void give_back(Tensor gradient) { gradient_ = gradient.let_go(); }
  // Is the gradient of input i asked for?
  bool wants(int input) const { return slot_of(input) != nullptr; }
  // The i-th kept tensor; undefined where none was kept.
  Tensor kept(int i) const {
    if (static_cast<unsigned>(i) >= record_->kept_count) [[unlikely]] refuse_kept(i);
    Body* body = record_->kept()[i].body;
    return body ? Tensor::share(body) : Tensor();
  }
  template <class A>
  const A& attributes() const {
    if (!std::is_empty_v<A> && sizeof(A) > record_->attribute_bytes) [[unlikely]] refuse_attributes(sizeof(A));
    return *static_cast<const A*>(record_->attributes());
  }
  // Adds to the gradient of input i; left alone when nobody asks for it. Shape, type and device must be the input's:
  // here is where they are checked, for all that comes after. Throws ShapeError, DTypeError, DeviceError, ValueError
  // naming op and input.
  void add(int input, Tensor gradient) {
    if (!gradient.defined()) [[unlikely]] refuse_undefined(input);
    Body** const slot = slot_of(input);
    if (!slot) return;
    if (!list_.at(record_->input(input))->looks_like(gradient.body())) [[unlikely]] refuse_gradient(input, gradient);
    if (*slot) return add_up(*slot, gradient);
    *slot = gradient.let_go();
  }

  // The same for a gradient that was made after the output's, and an input that looks like the output: it fits, and is
  // not checked again.
  void add_alike(int input, Tensor&& gradient) {
    const std::uint32_t at = record_->input(input) - low_;
    if (at >= slot_count_ || slots_[at] == unwanted()) return;
    if (slots_[at]) return add_up(slots_[at], gradient);
    slots_[at] = gradient.let_go();
  }

  bool create_graph() const { return create_graph_; }
  Record& record() const { return *record_; }
  Location where() const { return record_->where; }

 private:
  friend class Walk;
  explicit Backward(Recording& list, bool create_graph) : list_(list), create_graph_(create_graph) {}

  Body* there() const {
    if (!gradient_) [[unlikely]] refuse_taken();
    return gradient_;
  }
  // Where the gradient of an input is gathered; null when nobody asks for it.
  Body** slot_of(int input) const {
    if (static_cast<unsigned>(input) >= record_->input_count) [[unlikely]] refuse_input(input);
    // Beyond all slots for no_record and for what lies below them.
    const std::uint32_t at = record_->input(input) - low_;
    return at < slot_count_ && slots_[at] != unwanted() ? slots_ + at : nullptr;
  }
  // What stands in the slot of a record that leads to nothing wanted.
  static Body* unwanted() { return reinterpret_cast<Body*>(~std::uintptr_t(0)); }

  static void add_up(Body*& slot, const Tensor& gradient);
  [[noreturn, gnu::cold]] void refuse_taken() const;
  [[noreturn, gnu::cold]] void refuse_input(int input) const;
  [[noreturn, gnu::cold]] void refuse_kept(int i) const;
  [[noreturn, gnu::cold]] void refuse_attributes(std::size_t bytes) const;
  [[noreturn, gnu::cold]] void refuse_undefined(int input) const;
  [[noreturn, gnu::cold]] void refuse_gradient(int input, const Tensor& gradient) const;

  Recording& list_;
  Record* record_ = nullptr;
  Body* gradient_ = nullptr;
  Body** slots_ = nullptr;  // of the records from low_ on: the walk's own
  std::uint32_t low_ = 0, slot_count_ = 0;
  bool create_graph_;
};

// The sum of two contributions to a gradient, which look alike: the one piece of arithmetic that the engine needs.
// `into` may be written over when this is its only handle. Defined beside the add op.
Tensor sum_of_gradients(Tensor into, const Tensor& other);

// Gradients that look alike, one behind the other, seen in a shape. Recorded. Defined there too.
Tensor joined_gradients(const std::vector<Tensor>& rows, const Shape& shape);

}  // namespace gradtape
