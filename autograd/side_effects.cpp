#include <gradtape/autograd/side_effects.h>

#include <algorithm>

#include <gradtape/autograd/arithmetic.h>
#include <gradtape/autograd/error.h>
#include <gradtape/autograd/float_control.h>

namespace gradtape::detail {

namespace {

bool lies_in(const Leaf& leaf, SideEffects::Reads what) {
  return leaf.gradient.defined() && (what == SideEffects::Reads::any || !leaf.consumed);
}

[[noreturn]] void refuse_foreign_gradient(const Tensor& leaf, Location at) {
  fail<TapeError>(at, "program",
                  "a gradient from outside of the step, which no optimizer has used, would be read in it",
                  {{"parameter", leaf}}, "Step the optimizer or call zero_grad() before the program runs.");
}

}  // namespace

SideEffects::Change* SideEffects::find(const TensorData* tensor) {
  const auto found =
      std::ranges::find_if(changes_, [&](const Change& change) { return change.leaf.tensor_data() == tensor; });
  return found == changes_.end() ? nullptr : &*found;
}
// At first the leaf is emptied: what it held is no part of the step.
SideEffects::Change& SideEffects::changing(TensorData* tensor, bool forgets) {
  if (Change* known = find(tensor)) return *known;
  Leaf& leaf = *tensor->leaf;
  changes_.push_back(
      {Tensor::share(tensor), std::exchange(leaf.gradient, {}), std::exchange(leaf.consumed, false), forgets});
  return changes_.back();
}
bool SideEffects::is_own(const TensorData* tensor) const {
  return std::ranges::find(own_, tensor, &Tensor::tensor_data) != own_.end();
}
void SideEffects::will_add(TensorData* tensor) {
  if (!is_own(tensor)) changing(tensor, false);
}
void SideEffects::will_forget(TensorData* tensor) {
  if (!is_own(tensor)) changing(tensor, true).forgotten = true;
}
void SideEffects::will_read(TensorData* tensor, Reads what, const char* op, Location at) {
  if (is_own(tensor)) return;
  Change* change = find(tensor);
  if (change && !change->goes_on()) return void(change->read = true);
  if (!change && !lies_in(*tensor->leaf, what)) return absences_.push_back({Tensor::share(tensor), what});
  fail<TapeError>(at, op, "a gradient from before the captured step would be read in it",
                  {{"parameter", Tensor::share(tensor)}},
                  "Call backward() inside the step, and before capture() step the optimizer or call zero_grad().");
}
void SideEffects::wrote(const Tensor& x) {
  const auto same = [&](const Tensor& other) { return other.tensor_data()->storage == x.tensor_data()->storage; };
  if (std::none_of(written_.begin(), written_.end(), same)) written_.push_back(x);
}
bool SideEffects::left(const Tensor& gradient) const {
  return std::any_of(changes_.begin(), changes_.end(), [&](const Change& change) {
    const Tensor& own = change.leaf.tensor_data()->leaf->gradient;
    return own.defined() && own.tensor_data()->storage == gradient.tensor_data()->storage;
  });
}

void SideEffects::settle(Change& change) {
  const RoundingToNearest rounding;
  Leaf& leaf = *change.leaf.tensor_data()->leaf;
  const bool adds = change.goes_on() && !change.forgotten;
  leaf.gradient = !adds                     ? change.after
                  : !change.after.defined() ? change.before
                                            : sum_of_gradients(change.before, change.after);
  leaf.consumed = change.used;
  change.before = {};
}
void SideEffects::finish() {
  for (Change& change : changes_) {
    Leaf& leaf = *change.leaf.tensor_data()->leaf;
    std::lock_guard lock(leaf.mutex);
    change.after = leaf.gradient;
    change.used = leaf.consumed;
    settle(change);
  }
}
void SideEffects::prepare(Location at) {
  for (Change& change : changes_) {
    Leaf& leaf = *change.leaf.tensor_data()->leaf;
    std::lock_guard lock(leaf.mutex);
    change.before = leaf.gradient;
    change.was_used = leaf.consumed;
    if (!change.leaf.tensor_data()->requires_grad)
      fail<TapeError>(at, "program", "a parameter of the step no longer asks for a gradient",
                      {{"parameter", change.leaf}});
    if (change.goes_on() && change.read) refuse_foreign_gradient(change.leaf, at);
  }
  for (const MissingGradient& absence : absences_) {
    Leaf& leaf = *absence.leaf.tensor_data()->leaf;
    std::lock_guard lock(leaf.mutex);
    if (lies_in(leaf, absence.what)) refuse_foreign_gradient(absence.leaf, at);
  }
  for (Change& change : changes_)  // the replay writes again where the last one left it
    if (change.goes_on() && change.after.defined() &&
        change.before.tensor_data()->storage == change.after.tensor_data()->storage)
      change.before = change.before.clone();
}
void SideEffects::redo(Location at) {
  for (Tensor& x : written_) x.mark_written(at);
  for (Change& change : changes_) {
    if (change.after.defined()) change.after.mark_written(at);
    std::lock_guard lock(change.leaf.tensor_data()->leaf->mutex);
    settle(change);
  }
}

}  // namespace gradtape::detail
