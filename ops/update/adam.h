// Adam (Kingma and Ba 2015, with the corrections of section 2's end: one division) and AdamW (Loshchilov and Hutter 2019), which
// decays the weights apart from the gradient.
#pragma once

#include <gradtape/ops/update.h>

namespace gradtape {

// States: the running means of the gradient and of its square.
struct AdamStep {
  static constexpr auto name = "adam";
  static constexpr int states = 2;
  double step_size;     // lr √(1 - beta2ᵗ) / (1 - beta1ᵗ)
  double beta1, beta2;
  double eps;           // times √(1 - beta2ᵗ)
  double weight_decay;  // added to the gradient
  double shrink;        // AdamW: 1 - lr · weight_decay, multiplied to the parameter

  template <class Real>
  GT_FN void step(Real& parameter, Real gradient, Real (&state)[3]) const {
    const Real slope = gradient + Real(weight_decay) * parameter;
    state[0] = Real(beta1) * state[0] + Real(1 - beta1) * slope;
    state[1] = Real(beta2) * state[1] + Real(1 - beta2) * slope * slope;
    parameter = Real(shrink) * parameter - Real(step_size) * state[0] / (sqrt(state[1]) + Real(eps));
  }
};

}  // namespace gradtape
