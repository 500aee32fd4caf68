// A loss on its way down, along directions that somebody else chooses. Internal: what LBFGS and Newton's method share.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include <gradtape/models/convergence.h>
#include <gradtape/models/line_search.h>

namespace gradtape::detail {

// What a move changed, and the product of both.
struct Move {
  Tensor x, gradient;
  double curvature;
};

// All parameters end to end are one vector x [n] of float64, on the device of the first; so is their gradient.
class Descent {
 public:
  using Loss = std::function<Tensor()>;
  // `name`: of the method, for messages. Throws as optimizers do for parameters that cannot be learned.
  Descent(const char* name, std::vector<Tensor> parameters, Location at);

  // Evaluates the loss where the parameters are. Throws ShapeError unless it is one number, ValueError unless it and
  // its gradient are finite.
  void start(const Loss& loss, Location at);
  bool has_started() const { return now_.gradient.defined(); }
  // A line search along the direction [n], after which the parameters are where it ended; nothing, and they are where
  // they were, when the loss falls nowhere along it. Also when the loss throws they are where they were.
  std::optional<Move> move(const Tensor& direction, double first_step, const Loss& loss, Location at);

  const Tensor& gradient() const { return now_.gradient; }
  double value() const { return now_.value; }
  double gradient_norm() const { return now_.gradient_norm; }
  int evaluations() const { return evaluations_; }

 private:
  void write(const Tensor& x, Location at);
  LinePoint evaluate(const Loss& loss, const Tensor& direction, Location at);

  const char* name_;
  std::vector<Tensor> parameters_;
  std::vector<std::int64_t> sizes_;
  Tensor x_;
  LinePoint now_;  // at x
  double rounding_ = 0;  // of the loss, relative to it
  int evaluations_ = 0;
};

struct StopRules {
  int max_iterations;
  double tolerance_grad, tolerance_change;
};
// Throws ValueError for a number that makes no sense.
void require_stop_rules(const char* name, const StopRules& rules, Location at);
// Iterates until a rule says stop, or an iteration finds no lower loss and returns false.
Convergence minimize(const Descent& descent, const StopRules& rules, const std::function<bool()>& iterate);

}  // namespace gradtape::detail
