#include <gradtape/models/descent.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/grad.h>
#include <gradtape/models/optimizer.h>
#include <gradtape/ops.h>

namespace gradtape::detail {
namespace {

// Those that are not frozen.
std::vector<Tensor> moved_of(const char* name, std::vector<Tensor> parameters, Location at) {
  require_parameters(parameters, at);
  std::erase_if(parameters, [](const Tensor& parameter) { return parameter.is_frozen(); });
  if (parameters.empty()) fail<ValueError>(at, name, "all parameters are frozen");
  return parameters;
}

Tensor end_to_end(const std::vector<Tensor>& tensors, Device device) {
  std::vector<Tensor> parts;
  for (const Tensor& tensor : tensors) parts.push_back(reshape(tensor.detach().to(DType::float64), {-1}).to(device));
  return cat(parts);
}

// How far a sum of many terms is off, relative to it.
double rounding_of(DType dtype) {
  return 4 * (dtype == DType::float64 ? std::numeric_limits<double>::epsilon() : std::numeric_limits<float>::epsilon());
}

}  // namespace

Descent::Descent(const char* name, std::vector<Tensor> parameters, Location at)
    : name_(name), parameters_(moved_of(name, std::move(parameters), at)) {
  for (const Tensor& parameter : parameters_) sizes_.push_back(parameter.numel());
}

void Descent::start(const Loss& loss, Location at) {
  NoGrad pause;
  x_ = end_to_end(parameters_, parameters_[0].device());
  LinePoint first = evaluate(loss, zeros_like(x_), at);
  if (!std::isfinite(first.value) || !std::isfinite(first.gradient_norm))
    fail<ValueError>(at, name_,
                     fmt::format("the search cannot start where the loss is {} and its gradient's norm {}", first.value,
                                 first.gradient_norm),
                     {}, "Look for NaN and infinity in the data, or start elsewhere.");
  now_ = std::move(first);
}

std::optional<Move> Descent::move(const Tensor& direction, double first_step, const Loss& loss, Location at) {
  NoGrad pause;
  LinePoint start = now_;
  start.step = 0;
  start.slope = matmul(now_.gradient, direction).item();
  if (!(start.slope < 0)) return std::nullopt;
  auto along = [&](double step) {
    write(x_ + direction * step, at);
    LinePoint point = evaluate(loss, direction, at);
    point.step = step;
    return point;
  };
  std::optional<LinePoint> found;
  try {
    found = strong_wolfe(along, start, first_step, rounding_ * std::abs(now_.value));
  } catch (...) {
    write(x_, at);
    throw;
  }
  const Tensor next = found ? x_ + direction * found->step : x_;
  write(next, at);  // the last step tried may have been another one
  if (!found) return std::nullopt;
  Move made{next - x_, found->gradient - now_.gradient, found->step * (found->slope - start.slope)};
  x_ = next;
  now_ = std::move(*found);
  return made;
}

void Descent::write(const Tensor& x, Location at) {
  const std::vector<Tensor> parts = split(x, sizes_, 0, at);
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    parameters_[i].copy_(reshape(parts[i], parameters_[i].shape()).to(parameters_[i].device()), at);
}

LinePoint Descent::evaluate(const Loss& loss, const Tensor& direction, Location at) {
  if (!loss) fail<ValueError>(at, name_, "an empty function was given as loss");
  Tape tape;
  const Tensor value = loss();
  if (value.numel() != 1)
    fail<ShapeError>(at, name_, "the loss is not one number", {{"loss", value}}, "Take its mean or its sum.");
  std::vector<Tensor> gradients = grad(value, parameters_, {.allow_unused = true}, at);
  NoGrad pause;
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    if (!gradients[i].defined()) gradients[i] = zeros_like(parameters_[i]);
  LinePoint point;
  point.gradient = end_to_end(gradients, direction.device());
  const Tensor number = reshape(value.detach().to(DType::float64), {}).to(direction.device());
  // Read together: a device is waited for once.
  const auto read =
      stack({number, matmul(point.gradient, direction), matmul(point.gradient, point.gradient)}).to_vector<double>();
  point.value = read[0];
  point.slope = read[1];
  point.gradient_norm = std::sqrt(read[2]);
  rounding_ = rounding_of(value.dtype());
  ++evaluations_;
  return point;
}

void require_stop_rules(const char* name, const StopRules& rules, Location at) {
  if (rules.max_iterations < 0)
    fail<ValueError>(at, name, fmt::format("{} iterations cannot be", rules.max_iterations));
  for (double tolerance : {rules.tolerance_grad, rules.tolerance_change})
    if (!(tolerance >= 0))
      fail<ValueError>(at, name, fmt::format("a tolerance of {} makes no sense: it must be at least 0", tolerance));
}

Convergence minimize(const Descent& descent, const StopRules& rules, const std::function<bool()>& iterate) {
  auto stop = [&](int iterations, StopReason reason) {
    return Convergence{descent.value(), descent.gradient_norm(), iterations, descent.evaluations(), reason};
  };
  for (int done = 0;; ++done) {
    if (descent.gradient_norm() <= rules.tolerance_grad) return stop(done, StopReason::gradient);
    if (done == rules.max_iterations) return stop(done, StopReason::max_iterations);
    const double before = descent.value();
    if (!iterate()) return stop(done, StopReason::line_search);
    const double scale = std::max({std::abs(before), std::abs(descent.value()), 1.0});
    if (rules.tolerance_change > 0 && descent.gradient_norm() > rules.tolerance_grad &&
        before - descent.value() <= rules.tolerance_change * scale)
      return stop(done + 1, StopReason::change);
  }
}

}  // namespace gradtape::detail
