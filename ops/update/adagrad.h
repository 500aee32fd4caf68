// Adagrad (Duchi, Hazan and Singer 2011): steps divided by the root of the sum of all squared gradients.
#pragma once

#include <gradtape/ops/update.h>

namespace gradtape {

// State: the sum of squares.
struct AdagradStep {
  static constexpr auto name = "adagrad";
  static constexpr int states = 1;
  double eps, weight_decay, lr = 0;

  template <class Real>
  GT_FN void step(Real& parameter, Real gradient, Real (&state)[3]) const {
    const Real slope = gradient + Real(weight_decay) * parameter;
    state[0] = state[0] + slope * slope;
    parameter = parameter - Real(lr) * slope / (sqrt(state[0]) + Real(eps));
  }
};

}  // namespace gradtape
