// A walk in many directions: what it does at a record.
#include <algorithm>

#include <gradtape/autograd/backward.h>

namespace gradtape {

Shape Backward::led(const Shape& shape) const {
  Shape all = shape;
  if (directions_) all.insert(0, directions_->count);
  return all;
}

// Of a gradient that does not look like its input: it is of many directions, or wrong.
void Backward::add_led(int input, Tensor gradient) {
  const Record& of = *list_.at(record_->input(input));
  const bool fits = directions_ && gradient.shape() == led(of.shape()) && gradient.dtype() == of.dtype &&
                    gradient.device() == of.device && !gradient.tensor_data()->weak_type;
  if (!fits) refuse_gradient(input, gradient);
  gather(record_->input(input) - low_, {}, std::move(gradient));
}

// Adds to a slot: what is of all directions, or slopes of `whole`.
void Backward::gather(std::uint32_t at, Tensor whole, Tensor gradient) {
  if (!slots_[at]) {
    slots_[at] = gradient.let_go();
    directions_->whole[at] = std::move(whole);
    return;
  }
  if (directions_->whole[at].tensor_data() != whole.tensor_data()) {
    write_out(at);
    if (whole.defined()) gradient = times_slopes(whole, gradient);
  }
  add_up(slots_[at], gradient);
}

// Slopes in a slot become gradients of all directions.
void Backward::write_out(std::uint32_t at) {
  const Tensor whole = std::exchange(directions_->whole[at], {});
  if (!whole.defined()) return;
  const Tensor slopes = Tensor::adopt(std::exchange(slots_[at], nullptr));
  slots_[at] = times_slopes(whole, slopes).let_go();
}

namespace {

bool look_alike(const Record& a, const Record& b) {
  return a.dtype == b.dtype && a.device == b.device && a.shape() == b.shape();
}

// What arrives for one input while its record passes on one direction after the other.
struct Arrivals {
  std::uint32_t at;  // the slot
  Tensor before;  // what lay in it
  std::vector<Tensor> parts = {};

  // All parts; undefined when nothing came. Where an op left a direction out, its part is 0.
  Tensor joined(const Shape& shape) {
    const auto some = std::ranges::find_if(parts, &Tensor::defined);
    if (some == parts.end()) return {};
    const Tensor zero = zeros_like(*some);
    for (Tensor& part : parts)
      if (!part.defined()) part = zero;
    return joined_gradients(parts, shape);
  }
};

}  // namespace

// Lets the record at hand pass on gradients of one direction, as in any walk; what arrives lies apart.
class OneDirection {
 public:
  explicit OneDirection(Backward& back) : back_(back), directions_(std::exchange(back.directions_, nullptr)) {
    back_.create_graph_ = detail::recording != nullptr;
    for (int i = 0; i < back_.record_->input_count; ++i) {
      TensorData** const slot = back_.slot_of(i);
      if (!slot) continue;
      const auto at = static_cast<std::uint32_t>(slot - back_.slots_);
      if (std::ranges::find(arrivals_, at, &Arrivals::at) != arrivals_.end()) continue;
      arrivals_.push_back({at, Tensor::adopt(std::exchange(*slot, nullptr))});
    }
  }
  void pass_on(Tensor gradient) {
    back_.gradient_ = gradient.let_go();
    back_.record_->op->backward(back_);
    if (back_.gradient_) release(std::exchange(back_.gradient_, nullptr));
    for (Arrivals& to : arrivals_) to.parts.push_back(Tensor::adopt(std::exchange(back_.slots_[to.at], nullptr)));
  }
  // What arrived; the walk goes on in many directions.
  std::vector<Arrivals> end() {
    back_.directions_ = directions_;
    back_.create_graph_ = true;
    for (Arrivals& to : arrivals_) back_.slots_[to.at] = to.before.let_go();
    return std::move(arrivals_);
  }

 private:
  Backward& back_;
  Directions* directions_;
  std::vector<Arrivals> arrivals_;
};

void Backward::pass_on_directions(std::uint32_t at) {
  if (record_->special & Record::several) return pass_on_outputs();
  Tensor whole = std::exchange(directions_->whole[at], {});
  bool alike = record_->op->pointwise;
  for (int i = 0; alike && i < record_->input_count; ++i)
    alike = !wants(i) || look_alike(*list_.at(record_->input(i)), *record_);
  if (alike) return pass_on_slopes(std::move(whole));
  if (whole.defined()) gradient_ = times_slopes(whole, take_gradient()).let_go();
  if (record_->op->takes_directions) return record_->op->backward(*this);
  pass_on_one_by_one();
}

void Backward::pass_on_outputs() {
  std::vector<Tensor> all;
  for (int i = 0; i < outputs(); ++i) {
    if (slot_of_output(i)) write_out(first_output_ + static_cast<std::uint32_t>(i));
    if (!record_->op->takes_directions) all.push_back(take_gradient(i));
  }
  if (record_->op->takes_directions) return record_->op->backward(*this);
  const std::int64_t directions = directions_->count;
  OneDirection alone(*this);
  for (std::int64_t direction = 0; direction < directions; ++direction) {
    for (int i = 0; i < outputs(); ++i) {
      const Tensor& of_all = all[static_cast<std::size_t>(i)];
      if (!of_all.defined()) continue;
      const Tensor part = part_of_directions(of_all, direction, 1);
      *slot_of_output(i) = joined_gradients({part}, record_of_output(i).shape()).let_go();
    }
    alone.pass_on({});
    for (int i = 0; i < outputs(); ++i) take_gradient(i);
  }
  gather_all(alone);
}

void Backward::pass_on_slopes(Tensor whole) {
  Tensor slopes = take_gradient();
  if (!whole.defined()) {
    whole = std::move(slopes);
    slopes = ones(record_->shape(), {.dtype = record_->dtype, .device = record_->device});
  }
  OneDirection alone(*this);
  alone.pass_on(std::move(slopes));
  for (Arrivals& to : alone.end())
    if (to.parts[0].defined()) gather(to.at, whole, std::move(to.parts[0]));
}

void Backward::pass_on_one_by_one() {
  const Tensor all = take_gradient();
  OneDirection alone(*this);
  for (std::int64_t i = 0; i < all.size(0); ++i)
    alone.pass_on(joined_gradients({part_of_directions(all, i, 1)}, record_->shape()));
  gather_all(alone);
}

void Backward::gather_all(OneDirection& alone) {
  for (Arrivals& to : alone.end())
    if (Tensor sum = to.joined(led(list_.at(low_ + to.at)->shape())); sum.defined()) gather(to.at, {}, std::move(sum));
}

}  // namespace gradtape
