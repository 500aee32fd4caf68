// How far to go along a direction. Internal: what LBFGS and Newton's method share.
#pragma once

#include <functional>
#include <optional>

#include <gradtape/autograd/tensor.h>

namespace gradtape::detail {

// The loss after a step along the direction.
struct LinePoint {
  double step = 0;
  double value = 0;
  double slope = 0;  // d value / d step
  double gradient_norm = 0;
  Tensor gradient = {};  // by all parameters, for whoever stops here
};

// A step that meets the strong Wolfe conditions: value ≤ value₀ + 10⁻⁴ · step · slope₀ and |slope| ≤ 0.9 |slope₀|
// (Nocedal and Wright, Numerical Optimization, 2nd ed., algorithms 3.5 and 3.6, with cubic interpolation). `start` is
// the point of step 0, where slope < 0; `first` the step tried first; `noise` how far values are off by rounding:
// differences below it decide nothing. A value that is not finite counts as too far. Where no such step is found in 30
// tries, the lowest that was; none when the loss fell nowhere.
std::optional<LinePoint> strong_wolfe(const std::function<LinePoint(double step)>& along, const LinePoint& start,
                                      double first, double noise);

}  // namespace gradtape::detail
