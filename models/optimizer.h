// Optimizers: they read gradients and write parameters.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include <gradtape/ops/update.h>

namespace gradtape {

// One step uses every gradient that backward() left since the last one: it stays readable, and the next backward()
// overwrites it. Parameters that got none are left as they are; so are those that are frozen by requires_grad_(false),
// from the start or later, until they thaw.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(Optimizer&&) noexcept = default;
  Optimizer& operator=(Optimizer&&) noexcept = default;

  void step(Location at = Location::current());
  // Forgets the gradients. Never needed.
  void zero_grad();
  // Throws TapeError to an update() inside a captured step: UpdateTarget has it as a tensor.
  double lr() const;
  // The learning rate of the next steps, also of those that are captured. Throws ValueError unless it is a number and
  // not negative.
  void set_lr(double lr, Location at = Location::current());
  const std::vector<Tensor>& parameters() const { return parameters_; }

 protected:
  // `states`: tensors of zeros beside each parameter.
  Optimizer(std::vector<Tensor> parameters, double lr, int states, Location at);
  // One step of each parameter that has a new gradient. A captured step keeps its work, and does not call it again.
  virtual void update(std::span<UpdateTarget> targets, Location at) = 0;

 private:
  const Tensor* rate_on(Device device) const;

  std::vector<Tensor> parameters_, steps_;  // how many were done with each
  std::vector<std::vector<Tensor>> states_;
  std::vector<Tensor> rates_;  // the learning rate, on each device of the parameters
  std::vector<UpdateTarget> targets_;  // of the step at hand
  double lr_;
};

struct SGDOptions {
  double lr = 0.01;
  double momentum = 0;
  bool nesterov = false;
  double weight_decay = 0;
};
class SGD : public Optimizer {
 public:
  explicit SGD(std::vector<Tensor> parameters, SGDOptions options = {}, Location at = Location::current());

 protected:
  void update(std::span<UpdateTarget> targets, Location at) override;

 private:
  SGDOptions options_;
};

struct AdamOptions {
  double lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0;
};
// Kingma and Ba 2015. Weight decay is added to the gradient.
class Adam : public Optimizer {
 public:
  explicit Adam(std::vector<Tensor> parameters, AdamOptions options = {}, Location at = Location::current());

 protected:
  Adam(std::vector<Tensor> parameters, AdamOptions options, bool decoupled, Location at);
  void update(std::span<UpdateTarget> targets, Location at) override;

 private:
  AdamOptions options_;
  bool decoupled_;
};

struct AdamWOptions {
  double lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0.01;
};
// Loshchilov and Hutter 2019. Weight decay shrinks the parameter by lr · weight_decay, apart from the gradient.
class AdamW : public Adam {
 public:
  explicit AdamW(std::vector<Tensor> parameters, AdamWOptions options = {}, Location at = Location::current());
};

struct RMSpropOptions {
  double lr = 0.01, alpha = 0.99, eps = 1e-8, momentum = 0, weight_decay = 0;
};
class RMSprop : public Optimizer {
 public:
  explicit RMSprop(std::vector<Tensor> parameters, RMSpropOptions options = {}, Location at = Location::current());

 protected:
  void update(std::span<UpdateTarget> targets, Location at) override;

 private:
  RMSpropOptions options_;
};

struct AdagradOptions {
  double lr = 0.01, eps = 1e-10, weight_decay = 0;
};
class Adagrad : public Optimizer {
 public:
  explicit Adagrad(std::vector<Tensor> parameters, AdagradOptions options = {}, Location at = Location::current());

 protected:
  void update(std::span<UpdateTarget> targets, Location at) override;

 private:
  AdagradOptions options_;
};

// Scales all gradients so that their norm together is at most `most`; returns the norm before. Gradients that a
// step has used do not count. Throws ValueError unless most > 0.
double clip_grad_norm_(std::span<const Tensor> parameters, double most, Location at = Location::current());

struct RandomSearchOptions {
  double scale = 0.1;  // of the first normal step from the best parameters so far
  std::uint64_t seed = 0;
};
// Search without gradients: tries a random step of all parameters that are not frozen, and takes it back unless the
// loss is smaller. The scale adapts by Rechenberg's 1/5 rule: with n numbers to learn it grows by e^(1/√(n+1)) when a
// step is kept and shrinks by the fourth root of that when it is not, and so stays as it is while one step in five is
// kept; near a minimum it shrinks, and the search converges.
class RandomSearch {
 public:
  explicit RandomSearch(std::vector<Tensor> parameters, RandomSearchOptions options = {},
                        Location at = Location::current());
  // Calls the loss once (the first time twice), with nothing recorded; returns the smallest loss so far. A loss of NaN
  // is never better.
  double step(const std::function<Tensor()>& loss, Location at = Location::current());
  // Of the next step.
  double scale() const { return scale_; }

 private:
  std::vector<Tensor> parameters_;
  std::uint64_t seed_;
  double scale_;
  std::uint64_t tries_ = 0;
  double best_ = 0;
};

namespace detail {

// Throws unless these are leaves of 32 or 64 bits, each once, that ask for a gradient or are frozen.
void require_parameters(std::span<const Tensor> parameters, Location at);

}  // namespace detail

}  // namespace gradtape
