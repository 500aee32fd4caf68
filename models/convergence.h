// How a minimiser ended, and why it stopped there.
#pragma once

namespace gradtape {

enum class StopReason {
  gradient,        // the gradient's norm came within its tolerance
  change,          // the loss fell by no more than its tolerance
  max_iterations,  // as many iterations as were allowed
  line_search,     // no lower loss was found along the direction: as far as the numbers' rounding lets it
};
// The reason as text for a person.
const char* to_string(StopReason reason);

struct Convergence {
  double value;          // the loss
  double gradient_norm;  // the Euclidean norm of its gradient
  int iterations;
  int evaluations;  // of the loss and its gradient, since the minimiser was made
  StopReason reason;

  // Is the gradient as small as was asked for?
  bool converged() const { return reason == StopReason::gradient; }
};

}  // namespace gradtape
