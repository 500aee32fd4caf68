// L-BFGS: Newton's method with what the last steps say of the curvature, for losses that are the same at each step.
#pragma once

#include <deque>
#include <functional>
#include <vector>

#include <gradtape/models/convergence.h>
#include <gradtape/models/descent.h>

namespace gradtape {

struct LBFGSOptions {
  int max_iterations = 1000;    // of a minimize()
  double tolerance_grad = 1e-8;  // stop when the gradient's Euclidean norm is at most this
  // Stop when an iteration lowers the loss by at most this · max(|before|, |after|, 1), as SciPy's ftol; 0: never.
  double tolerance_change = 0;
  int history_size = 10;  // steps remembered, two vectors each
};

// Nocedal and Wright, Numerical Optimization, 2nd ed., algorithm 7.5, with a strong Wolfe line search. `loss` computes
// the loss from the parameters as they are, one number; LBFGS takes the gradient itself and leaves grad() alone. It
// must be the same function each time, of all examples: batches by chance are for SGD and Adam. Nobody else moves the
// parameters meanwhile. Those that are frozen when it is made stay as they are. When the loss throws, the parameters
// are where the last iteration left them.
class LBFGS {
 public:
  // Throws ValueError for settings that make no sense or parameters that cannot be learned, DTypeError for such of 16
  // bits.
  explicit LBFGS(std::vector<Tensor> parameters, LBFGSOptions options = {}, Location at = Location::current());

  // One iteration: a direction, and a line search along it. Returns the loss where it ended: that of before, when no
  // lower one was found. Throws ShapeError unless the loss is one number, ValueError when the first is not finite.
  double step(const std::function<Tensor()>& loss, Location at = Location::current());
  // Iterations until one of the options says stop. Throws as step().
  Convergence minimize(const std::function<Tensor()>& loss, Location at = Location::current());

 private:
  bool iterate(const std::function<Tensor()>& loss, Location at);
  Tensor direction() const;

  LBFGSOptions options_;
  detail::Descent descent_;
  std::deque<detail::Move> history_;  // oldest first
};

}  // namespace gradtape
