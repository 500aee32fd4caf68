// Gradient descent: parameter ← parameter - lr · (gradient + weight_decay · parameter), plain and with momentum.
#pragma once

#include <gradtape/ops/update.h>

namespace gradtape {

struct SgdStep {
  static constexpr auto name = "sgd";
  static constexpr int states = 0;
  double weight_decay, lr = 0;

  template <class Real>
  GT_FN void step(Real& parameter, Real gradient, Real (&)[3]) const {
    parameter = parameter - Real(lr) * (gradient + Real(weight_decay) * parameter);
  }
};

// The state is the velocity: velocity ← momentum · velocity + gradient. Nesterov's form looks one step ahead.
struct DescendWithMomentum {
  static constexpr auto name = "sgd";
  static constexpr int states = 1;
  double momentum, weight_decay;
  bool nesterov;
  double lr = 0;

  template <class Real>
  GT_FN void step(Real& parameter, Real gradient, Real (&state)[3]) const {
    const Real slope = gradient + Real(weight_decay) * parameter;
    state[0] = Real(momentum) * state[0] + slope;
    const Real direction = nesterov ? slope + Real(momentum) * state[0] : state[0];
    parameter = parameter - Real(lr) * direction;
  }
};

}  // namespace gradtape
