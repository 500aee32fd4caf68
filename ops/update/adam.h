// Adam (Kingma and Ba 2015, with the corrections of section 2's end: one division) and AdamW (Loshchilov and Hutter
// 2019), which decays the weights apart from the gradient.
#pragma once

#include <cmath>

#include <gradtape/ops/update.h>

namespace gradtape {

// States: the running means of the gradient and of its square.
struct AdamStep {
  static constexpr auto name = "adam";
  static constexpr int states = 2;
  double beta1, beta2, eps;
  double weight_decay;  // added to the gradient
  bool decoupled;  // AdamW
  double step_size = 0, shrink = 1;

  template <class Real>
  GT_FN void begin(Real lr, std::int64_t t) {
    const Real root = std::sqrt(1 - power(beta2, t));
    step_size = lr * root / (1 - power(beta1, t));
    eps *= root;
    if (!decoupled) return;
    shrink = 1 - lr * weight_decay;
    weight_decay = 0;
  }

  template <class Real>
  GT_FN void step(Real& parameter, Real gradient, Real (&state)[3]) const {
    const Real slope = gradient + Real(weight_decay) * parameter;
    state[0] = Real(beta1) * state[0] + Real(1 - beta1) * slope;
    state[1] = Real(beta2) * state[1] + Real(1 - beta2) * slope * slope;
    parameter = Real(shrink) * parameter - Real(step_size) * state[0] / (sqrt(state[1]) + Real(eps));
  }
};

}  // namespace gradtape
