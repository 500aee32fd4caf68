#include <gradtape/autograd/effects.h>

#include <algorithm>

#include <gradtape/autograd/backward.h>
#include <gradtape/autograd/error.h>
#include <gradtape/autograd/float_control.h>

namespace gradtape {

namespace {

bool lies_in(const Leaf& leaf, Effects::Reads what) {
  return leaf.gradient.defined() && (what == Effects::Reads::any || !leaf.consumed);
}

[[noreturn]] void refuse_foreign_gradient(const Tensor& leaf, Location where) {
  fail<TapeError>(where, "program",
                  "a gradient from outside of the step, which no optimizer has used, would be read in it",
                  {{"parameter", leaf}}, "Step the optimizer or call zero_grad() before the program runs.");
}

}  // namespace

Effects::Change* Effects::find(const Body* body) {
  const auto at =
      std::find_if(changes_.begin(), changes_.end(), [&](const Change& change) { return change.leaf.body() == body; });
  return at == changes_.end() ? nullptr : &*at;
}
// At first the leaf is emptied: what it held is no part of the step.
Effects::Change& Effects::changing(Body* body, bool forgets) {
  if (Change* known = find(body)) return *known;
  Leaf& leaf = *body->leaf;
  changes_.push_back(
      {Tensor::share(body), std::exchange(leaf.gradient, {}), std::exchange(leaf.consumed, false), forgets});
  return changes_.back();
}
bool Effects::is_own(const Body* body) const {
  return std::any_of(own_.begin(), own_.end(), [&](const Tensor& leaf) { return leaf.body() == body; });
}
void Effects::will_add(Body* body) {
  if (!is_own(body)) changing(body, false);
}
void Effects::will_forget(Body* body) {
  if (!is_own(body)) changing(body, true).forgotten = true;
}
void Effects::will_read(Body* body, Reads what, const char* op, Location where) {
  if (is_own(body)) return;
  Change* change = find(body);
  if (change && !change->goes_on()) return void(change->read = true);
  if (!change && !lies_in(*body->leaf, what)) return absences_.push_back({Tensor::share(body), what});
  fail<TapeError>(where, op, "a gradient from before the captured step would be read in it",
                  {{"parameter", Tensor::share(body)}},
                  "Call backward() inside the step, and before capture() step the optimizer or call zero_grad().");
}
void Effects::wrote(const Tensor& x) {
  const auto same = [&](const Tensor& other) { return other.body()->storage == x.body()->storage; };
  if (std::none_of(written_.begin(), written_.end(), same)) written_.push_back(x);
}
bool Effects::left(const Tensor& gradient) const {
  return std::any_of(changes_.begin(), changes_.end(), [&](const Change& change) {
    const Tensor& own = change.leaf.body()->leaf->gradient;
    return own.defined() && own.body()->storage == gradient.body()->storage;
  });
}

void Effects::settle(Change& change) {
  const RoundingToNearest rounding;
  Leaf& leaf = *change.leaf.body()->leaf;
  const bool adds = change.goes_on() && !change.forgotten;
  leaf.gradient = !adds                     ? change.after
                  : !change.after.defined() ? change.before
                                            : sum_of_gradients(change.before, change.after);
  leaf.consumed = change.used;
  change.before = {};
}
void Effects::finish() {
  for (Change& change : changes_) {
    Leaf& leaf = *change.leaf.body()->leaf;
    std::lock_guard lock(leaf.mutex);
    change.after = leaf.gradient;
    change.used = leaf.consumed;
    settle(change);
  }
}
void Effects::take_back() {
  for (const Change& change : changes_) {
    Leaf& leaf = *change.leaf.body()->leaf;
    std::lock_guard lock(leaf.mutex);
    leaf.gradient = change.before;
    leaf.consumed = change.was_used;
  }
}

void Effects::prepare(Location where) {
  for (Change& change : changes_) {
    Leaf& leaf = *change.leaf.body()->leaf;
    std::lock_guard lock(leaf.mutex);
    change.before = leaf.gradient;
    change.was_used = leaf.consumed;
    if (!change.leaf.body()->requires_grad)
      fail<TapeError>(where, "program", "a parameter of the step no longer asks for a gradient",
                      {{"parameter", change.leaf}});
    if (change.goes_on() && change.read) refuse_foreign_gradient(change.leaf, where);
  }
  for (const Absence& absence : absences_) {
    Leaf& leaf = *absence.leaf.body()->leaf;
    std::lock_guard lock(leaf.mutex);
    if (lies_in(leaf, absence.what)) refuse_foreign_gradient(absence.leaf, where);
  }
  for (Change& change : changes_)  // the replay writes again where the last one left it
    if (change.goes_on() && change.after.defined() && change.before.body()->storage == change.after.body()->storage)
      change.before = change.before.clone();
}
void Effects::redo(Location where) {
  for (Tensor& x : written_) x.mark_written(where);
  for (Change& change : changes_) {
    if (change.after.defined()) change.after.mark_written(where);
    std::lock_guard lock(change.leaf.body()->leaf->mutex);
    settle(change);
  }
}

}  // namespace gradtape
