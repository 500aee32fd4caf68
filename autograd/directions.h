// A walk in many directions: what it notes beside its gradients, and what it does at a record. Internal.
//
// Note: slopes apart from directions. Between products and reductions lie runs of pointwise ops, of which a walk needs
// one number an element, whatever the direction. So gradients G [directions, *shape] stay as they came to a run;
// through it goes one gradient s [*shape], which starts as 1, and G · s is written where the run ends.
#pragma once

#include <gradtape/autograd/backward.h>

namespace gradtape {

class Directions {
 public:
  Directions(std::int64_t count, std::size_t slots) : count(count), incoming_(slots) {}
  const std::int64_t count;

  // Adds to a slot: what is of all directions, or slopes of `incoming`.
  void gather(Backward& back, std::uint32_t slot, Tensor incoming, Tensor gradient);
  // Slopes in a slot become gradients of all directions.
  void write_out(Backward& back, std::uint32_t slot);
  // Lets the record at hand, whose gradient came from this slot, pass it on.
  void pass_on(Backward& back, std::uint32_t slot);

 private:
  void pass_on_slopes(Backward& back, Tensor incoming);
  void pass_on_one_by_one(Backward& back);

  std::vector<Tensor> incoming_;  // for each slot: G, where the slot holds s; undefined where the slot holds all
};

}  // namespace gradtape
