// -y log p - (1 - y) log(1 - p), for a loss over probabilities p and targets y. Logs are held at -100, and the slope by
// p at 10¹², so that a certain and wrong answer costs much, and not everything.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

// log p and log(1 - p), held, and the first less the second.
template <class Real>
GT_FN Real held_log(Real p) {
  return max(log(p), Real(-100));
}
template <class Real>
GT_FN Real held_log_of_rest(Real p) {
  return max(log1p(-p), Real(-100));
}
template <class Real>
GT_FN Real held_logit(Real p) {
  return held_log(p) - held_log_of_rest(p);
}
Tensor held_logit(const Tensor& p);
// p (1 - p), held where its reciprocal would be too large.
template <class Real>
GT_FN Real held_spread(Real p) {
  return max(p * (Real(1) - p), Real(1e-12));
}

struct HeldLogit {
  static constexpr auto name = "held_logit";
  static constexpr auto samples = between(0.05, 0.95);

  template <class Real>
  GT_FN static Real forward(Real p) {
    return held_logit(p);
  }
  template <class Real>
  GT_FN static Real slope(Real p) {
    return Real(1) / held_spread(p);
  }
};

inline Tensor held_logit(const Tensor& p) { return pointwise(HeldLogit{}, Location::current(), p); }

// Users call binary_cross_entropy(), in models.
struct BinaryCrossEntropy {
  static constexpr auto name = "binary_cross_entropy";
  static constexpr auto samples = between(0.05, 0.95);

  template <class Real>
  GT_FN static Real forward(Real p, Real y) {
    return -(y * held_log(p) + (Real(1) - y) * held_log_of_rest(p));
  }
  template <class Real>
  GT_FN static Slopes<Real, 2> slope(Real p, Real y) {
    return {(p - y) / held_spread(p), -held_logit(p)};
  }
};

}  // namespace gradtape
