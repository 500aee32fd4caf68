// RMSprop (Tieleman and Hinton 2012): steps divided by the root of the gradient's running mean square.
#pragma once

#include <gradtape/ops/update.h>

namespace gradtape {

// States: the running mean square, the velocity.
struct RmspropStep {
  static constexpr auto name = "rmsprop";
  static constexpr int states = 2;
  double alpha, eps, momentum, weight_decay, lr = 0;

  template <class Real>
  GT_FN void step(Real& parameter, Real gradient, Real (&state)[3]) const {
    const Real slope = gradient + Real(weight_decay) * parameter;
    state[0] = Real(alpha) * state[0] + Real(1 - alpha) * slope * slope;
    state[1] = Real(momentum) * state[1] + slope / (sqrt(state[0]) + Real(eps));
    parameter = parameter - Real(lr) * state[1];
  }
};

}  // namespace gradtape
