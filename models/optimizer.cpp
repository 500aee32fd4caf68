#include <gradtape/models/optimizer.h>

#include <cmath>

#include <fmt/format.h>

#include <gradtape/autograd/capture.h>
#include <gradtape/autograd/error.h>
#include <gradtape/autograd/random.h>
#include <gradtape/autograd/tape.h>
#include <gradtape/ops.h>
#include <gradtape/ops/random.h>

namespace gradtape {
namespace {

void require_setting(bool good, const char* name, double value, const char* wanted, Location at) {
  if (!good)
    fail<ValueError>(at, "optimizer", fmt::format("{} = {} makes no sense: it must be {}", name, value, wanted));
}
void require_not_negative(const char* name, double value, Location at) {
  require_setting(std::isfinite(value) && value >= 0, name, value, "a number of at least 0", at);
}
void require_share(const char* name, double value, Location at) {
  require_setting(value >= 0 && value < 1, name, value, "at least 0 and below 1", at);
}

void require_distinct(std::span<const Tensor> parameters, Location at) {
  for (std::size_t i = 0; i < parameters.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (parameters[i].tensor_data() == parameters[j].tensor_data())
        fail<ValueError>(at, "optimizer", fmt::format("parameters {} and {} are the same", j, i),
                         {{"parameter", parameters[i]}}, "Give each once.");
}

// Lets go of the gradients, also when a step throws.
struct Emptied {
  std::vector<UpdateTarget>& targets;
  ~Emptied() { targets.clear(); }
};

}  // namespace

void detail::require_parameters(std::span<const Tensor> parameters, Location at) {
  if (parameters.empty()) fail<ValueError>(at, "optimizer", "there are no parameters to learn");
  for (const Tensor& parameter : parameters)
    if (!parameter.defined() || !parameter.is_leaf() || !(parameter.requires_grad() || parameter.is_frozen()))
      fail<ValueError>(at, "optimizer", "a parameter does not ask for a gradient", {{"parameter", parameter}},
                       "Call requires_grad_() on it, or requires_grad_(false) if it is to stay as it is.");
  for (const Tensor& parameter : parameters)
    if (is_half(parameter.dtype()))
      fail<DTypeError>(at, "optimizer", "parameters of 16 bits would lose small steps", {{"parameter", parameter}},
                       "Keep them in float32, and convert them where they are used: w.to(gt::float16).");
  require_distinct(parameters, at);
}

Optimizer::Optimizer(std::vector<Tensor> parameters, double lr, int states, Location at)
    : parameters_(std::move(parameters)), lr_(lr) {
  detail::require_parameters(parameters_, at);
  require_not_negative("lr", lr, at);
  for (const Tensor& parameter : parameters_) {
    const Device device = parameter.device();
    if (!rate_on(device)) rates_.push_back(new_full("optimizer", {}, lr, {.dtype = DType::float64, .device = device}));
    steps_.push_back(new_full("optimizer", {}, 0, {.dtype = DType::int64, .device = device}));
    std::vector<Tensor>& own = states_.emplace_back();
    for (int i = 0; i < states; ++i)
      own.push_back(new_full("optimizer", parameter.shape(), 0, {.dtype = parameter.dtype(), .device = device}, at));
  }
}
const Tensor* Optimizer::rate_on(Device device) const {
  for (const Tensor& rate : rates_)
    if (rate.device() == device) return &rate;
  return nullptr;
}
double Optimizer::lr() const {
  if (!targets_.empty())
    refuse_inside_capture("lr", "the learning rate, as a number, would stay what it is in later steps",
                          "Compute with the tensor: target.lr.");
  return lr_;
}
void Optimizer::set_lr(double lr, Location at) {
  require_not_negative("lr", lr, at);
  for (Tensor& rate : rates_) rate.fill_(lr, at);
  lr_ = lr;
}
void Optimizer::zero_grad() {
  for (Tensor& parameter : parameters_) parameter.zero_grad();
}
void Optimizer::step(Location at) {
  Call call(at);
  NoGrad pause;
  const Emptied afterwards{targets_};
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    if (Tensor gradient = parameters_[i].unused_grad(at); gradient.defined())
      targets_.push_back(
          {&parameters_[i], std::move(gradient), states_[i], rate_on(parameters_[i].device()), &steps_[i]});
  update(targets_, at);
  for (const UpdateTarget& target : targets_) target.parameter->mark_grad_used();
}

SGD::SGD(std::vector<Tensor> parameters, SGDOptions options, Location at)
    : Optimizer(std::move(parameters), options.lr, options.momentum > 0, at), options_(options) {
  require_share("momentum", options.momentum, at);
  require_not_negative("weight_decay", options.weight_decay, at);
  if (options.nesterov && options.momentum == 0) fail<ValueError>(at, "SGD", "Nesterov's form needs momentum > 0");
}
void SGD::update(std::span<UpdateTarget> targets, Location at) {
  if (options_.momentum == 0) return gradtape::update(SgdStep{options_.weight_decay}, targets, at);
  gradtape::update(DescendWithMomentum{options_.momentum, options_.weight_decay, options_.nesterov}, targets, at);
}

Adam::Adam(std::vector<Tensor> parameters, AdamOptions options, Location at)
    : Adam(std::move(parameters), options, false, at) {}
Adam::Adam(std::vector<Tensor> parameters, AdamOptions options, bool decoupled, Location at)
    : Optimizer(std::move(parameters), options.lr, 2, at), options_(options), decoupled_(decoupled) {
  require_share("beta1", options.beta1, at);
  require_share("beta2", options.beta2, at);
  require_not_negative("eps", options.eps, at);
  require_not_negative("weight_decay", options.weight_decay, at);
}
void Adam::update(std::span<UpdateTarget> targets, Location at) {
  const AdamStep step{options_.beta1, options_.beta2, options_.eps, options_.weight_decay, decoupled_};
  gradtape::update(step, targets, at);
}
AdamW::AdamW(std::vector<Tensor> parameters, AdamWOptions options, Location at)
    : Adam(std::move(parameters), {options.lr, options.beta1, options.beta2, options.eps, options.weight_decay}, true,
           at) {}

RMSprop::RMSprop(std::vector<Tensor> parameters, RMSpropOptions options, Location at)
    : Optimizer(std::move(parameters), options.lr, 2, at), options_(options) {
  require_share("alpha", options.alpha, at);
  require_share("momentum", options.momentum, at);
  require_not_negative("eps", options.eps, at);
  require_not_negative("weight_decay", options.weight_decay, at);
}
void RMSprop::update(std::span<UpdateTarget> targets, Location at) {
  gradtape::update(RmspropStep{options_.alpha, options_.eps, options_.momentum, options_.weight_decay}, targets, at);
}

Adagrad::Adagrad(std::vector<Tensor> parameters, AdagradOptions options, Location at)
    : Optimizer(std::move(parameters), options.lr, 1, at), options_(options) {
  require_not_negative("eps", options.eps, at);
  require_not_negative("weight_decay", options.weight_decay, at);
}
void Adagrad::update(std::span<UpdateTarget> targets, Location at) {
  gradtape::update(AdagradStep{options_.eps, options_.weight_decay}, targets, at);
}

double clip_grad_norm_(std::span<const Tensor> parameters, double most, Location at) {
  Call call(at);
  if (!(most > 0)) fail<ValueError>(at, "clip_grad_norm_", fmt::format("a norm of at most {} leaves nothing", most));
  NoGrad pause;
  double squares = 0;
  for (const Tensor& parameter : parameters)
    if (const Tensor gradient = parameter.unused_grad(at); gradient.defined())
      squares += sum(square(gradient.to(DType::float64))).item();
  const double norm = std::sqrt(squares);
  if (norm <= most) return norm;
  for (const Tensor& parameter : parameters)
    if (Tensor gradient = parameter.unused_grad(at); gradient.defined()) gradient.copy_(gradient * (most / norm));
  return norm;
}

RandomSearch::RandomSearch(std::vector<Tensor> parameters, RandomSearchOptions options, Location at)
    : parameters_(std::move(parameters)), seed_(options.seed), scale_(options.scale) {
  if (parameters_.empty()) fail<ValueError>(at, "RandomSearch", "there are no parameters to learn");
  for (const Tensor& parameter : parameters_)
    if (!is_floating(parameter.dtype()))
      fail<DTypeError>(at, "RandomSearch", "only float32 and float64 parameters can be moved by small steps",
                       {{"parameter", parameter}});
  require_not_negative("scale", options.scale, at);
}
double RandomSearch::step(const std::function<Tensor()>& loss, Location at) {
  if (!loss) fail<ValueError>(at, "RandomSearch", "an empty function was given as loss");
  NoGrad pause;
  if (tries_ == 0) best_ = loss().item(at);
  Generator generator(seed_, tries_++);
  std::vector<std::pair<Tensor, Tensor>> before;
  double numbers = 0;
  for (Tensor& parameter : parameters_) {
    if (parameter.is_frozen()) continue;
    before.emplace_back(parameter, parameter.clone());
    numbers += static_cast<double>(parameter.numel());
    parameter.copy_(
        parameter +
            randn(parameter.shape(), generator, {.dtype = parameter.dtype(), .device = parameter.device()}) * scale_,
        at);
  }
  auto take_back = [&] {
    for (auto& [parameter, best] : before) parameter.copy_(best, at);
  };
  double tried;
  try {
    tried = loss().item(at);
  } catch (...) {
    take_back();
    throw;
  }
  const double damping = std::sqrt(numbers + 1);
  if (tried < best_ || (std::isnan(best_) && !std::isnan(tried))) {
    scale_ *= std::exp(1 / damping);
    return best_ = tried;
  }
  scale_ *= std::exp(-1 / (4 * damping));
  take_back();
  return best_;
}

}  // namespace gradtape
