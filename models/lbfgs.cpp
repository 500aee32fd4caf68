#include <gradtape/models/lbfgs.h>

#include <algorithm>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/tape.h>
#include <gradtape/ops.h>

namespace gradtape {
namespace {

detail::StopRules rules_of(const LBFGSOptions& options) {
  return {options.max_iterations, options.tolerance_grad, options.tolerance_change};
}

}  // namespace

LBFGS::LBFGS(std::vector<Tensor> parameters, LBFGSOptions options, Location at)
    : options_(options), descent_("LBFGS", std::move(parameters), at) {
  detail::require_stop_rules("LBFGS", rules_of(options), at);
  if (options.history_size < 1)
    fail<ValueError>(at, "LBFGS", fmt::format("a history of {} steps says nothing", options.history_size));
}

double LBFGS::step(const std::function<Tensor()>& loss, Location at) {
  Call call(at);
  if (!descent_.has_started()) descent_.start(loss, at);
  iterate(loss, at);
  return descent_.value();
}

Convergence LBFGS::minimize(const std::function<Tensor()>& loss, Location at) {
  Call call(at);
  if (!descent_.has_started()) descent_.start(loss, at);
  return detail::minimize(descent_, rules_of(options_), [&] { return iterate(loss, at); });
}

bool LBFGS::iterate(const std::function<Tensor()>& loss, Location at) {
  const bool remembers = !history_.empty();
  const double first_step = remembers ? 1 : std::min(1.0, 1 / descent_.gradient_norm());
  std::optional<detail::Move> made = descent_.move(direction(), first_step, loss, at);
  if (!made && remembers) {  // what it remembers leads nowhere: down the gradient
    history_.clear();
    return iterate(loss, at);
  }
  if (!made) return false;
  if (made->curvature > 0) history_.push_back(std::move(*made));
  if (history_.size() > static_cast<std::size_t>(options_.history_size)) history_.pop_front();
  return true;
}

// -H · gradient by two loops over the history. All stay tensors, so a device is not waited for.
Tensor LBFGS::direction() const {
  NoGrad pause;
  Tensor d = -descent_.gradient();
  std::vector<Tensor> weights(history_.size());
  for (std::size_t i = history_.size(); i-- > 0;) {
    weights[i] = matmul(history_[i].x, d) / history_[i].curvature;
    d = d - weights[i] * history_[i].gradient;
  }
  if (!history_.empty()) {
    const detail::Move& last = history_.back();
    d = d * (last.curvature / matmul(last.gradient, last.gradient));
  }
  for (std::size_t i = 0; i < history_.size(); ++i)
    d = d + (weights[i] - matmul(history_[i].gradient, d) / history_[i].curvature) * history_[i].x;
  return d;
}

}  // namespace gradtape
