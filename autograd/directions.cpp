#include <gradtape/autograd/directions.h>

#include <algorithm>

#include <gradtape/autograd/arithmetic.h>

namespace gradtape {

void Directions::gather(Backward& back, std::uint32_t at, Tensor incoming, Tensor gradient) {
  if (!back.slots_[at]) {
    back.slots_[at] = gradient.let_go();
    incoming_[at] = std::move(incoming);
    return;
  }
  if (incoming_[at].tensor_data() != incoming.tensor_data()) {
    write_out(back, at);
    if (incoming.defined()) gradient = times_slopes(incoming, gradient);
  }
  Backward::add_up(back.slots_[at], gradient);
}

void Directions::write_out(Backward& back, std::uint32_t at) {
  const Tensor incoming = std::exchange(incoming_[at], {});
  if (!incoming.defined()) return;
  const Tensor slopes = Tensor::adopt(std::exchange(back.slots_[at], nullptr));
  back.slots_[at] = times_slopes(incoming, slopes).let_go();
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

void Directions::pass_on(Backward& back, std::uint32_t at) {
  const Record& record = *back.record_;
  if (record.special & Record::several) {
    for (int i = 0; i < back.outputs(); ++i)
      if (back.slot_of_output(i)) write_out(back, back.first_output_ + static_cast<std::uint32_t>(i));
  } else {
    Tensor incoming = std::exchange(incoming_[at], {});
    bool alike = record.op->pointwise;
    for (int i = 0; alike && i < record.input_count; ++i)
      alike = !back.wants(i) || look_alike(*back.list_.at(record.input(i)), record);
    if (alike) return pass_on_slopes(back, std::move(incoming));
    if (incoming.defined()) back.gradient_ = times_slopes(incoming, back.take_gradient()).let_go();
  }
  record.op->takes_directions ? record.op->backward(back) : pass_on_one_by_one(back);
}

void Directions::pass_on_slopes(Backward& back, Tensor incoming) {
  Tensor slopes = back.take_gradient();
  if (!incoming.defined()) {
    incoming = std::move(slopes);
    slopes = ones(back.record_->shape(), {.dtype = back.record_->dtype, .device = back.record_->device});
  }
  OneDirection alone(back);
  alone.pass_on(std::move(slopes));
  for (Arrivals& to : alone.end())
    if (to.parts[0].defined()) gather(back, to.at, incoming, std::move(to.parts[0]));
}

void Directions::pass_on_one_by_one(Backward& back) {
  const bool several = back.record_->special & Record::several;
  std::vector<Tensor> all;
  for (int i = 0; i < back.outputs(); ++i) all.push_back(back.take_gradient(i));
  OneDirection alone(back);
  for (std::int64_t direction = 0; direction < count; ++direction) {
    const auto part = [&](int output, const Record& of) {
      const Tensor& of_all = all[static_cast<std::size_t>(output)];
      if (!of_all.defined()) return Tensor();
      return joined_gradients({part_of_directions(of_all, direction, 1)}, of.shape());
    };
    for (int i = 0; several && i < back.outputs(); ++i)
      if (TensorData** const slot = back.slot_of_output(i)) *slot = part(i, back.record_of_output(i)).let_go();
    alone.pass_on(several ? Tensor() : part(0, *back.record_));
    for (int i = 0; several && i < back.outputs(); ++i) back.take_gradient(i);
  }
  for (Arrivals& to : alone.end())
    if (Tensor sum = to.joined(back.led(back.list_.at(back.low_ + to.at)->shape())); sum.defined())
      gather(back, to.at, {}, std::move(sum));
}

}  // namespace gradtape
