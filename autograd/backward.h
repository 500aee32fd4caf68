// The backward walk: what an op's backward function reads, and where it puts gradients.
#pragma once

#include <gradtape/autograd/recording.h>

namespace gradtape {

class Backward {
 public:
  // The gradient of the record's output. Taken by its last reader, which may then be its only owner and write over it.
  Tensor gradient() const { return Tensor::share(gradient_); }
  Tensor take_gradient() { return Tensor::adopt(std::exchange(gradient_, nullptr)); }
  void give_back(Tensor gradient) { gradient_ = gradient.let_go(); }
  // Is the gradient of input i asked for?
  bool wants(int input) const {
    const std::uint32_t number = record_->inputs()[input];
    return number != no_record && (all_needed_ || list_.at(number)->needed);
  }
  // The i-th kept tensor; undefined where none was kept.
  Tensor kept(int i) const {
    Body* body = record_->kept()[i].body;
    return body ? Tensor::share(body) : Tensor();
  }
  template <class A>
  const A& attributes() const {
    return *static_cast<const A*>(record_->attributes());
  }
  // Adds to the gradient of input i; left alone when nobody asks for it. The shape must be the input's.
  void add(int input, Tensor gradient) {
    const std::uint32_t number = record_->inputs()[input];
    if (number == no_record) return;
    Record& to = *list_.at(number);
    if (!all_needed_ && !to.needed) return;
    if (to.gradient) return add_up(to, gradient);
    to.gradient = gradient.let_go();
  }

  bool create_graph() const { return create_graph_; }
  Record& record() const { return *record_; }
  Location where() const { return record_->where; }

 private:
  friend class Walk;
  Backward(Recording& list, bool create_graph, bool all_needed)
      : list_(list), create_graph_(create_graph), all_needed_(all_needed) {}

  static void add_up(Record& to, const Tensor& gradient);

  Recording& list_;
  Record* record_ = nullptr;
  Body* gradient_ = nullptr;
  bool create_graph_;
  bool all_needed_;  // no marks were set: every record leads to a wanted leaf
};

// The sum of two contributions to a gradient: the one piece of arithmetic that the engine needs. `into` may be
// written over when this is its only handle. Defined beside the add op.
Tensor sum_of_gradients(Tensor into, const Tensor& other);

}  // namespace gradtape
