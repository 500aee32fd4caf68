// The closed form of linear regression.
#pragma once

#include <gradtape/autograd/tensor.h>

namespace gradtape {

struct LeastSquaresOptions {
  double l2 = 0;  // adds l2/2 · ‖weights‖², as alpha of scikit-learn's Ridge does
};
// The weights that make ½‖x · weights - y‖² + l2/2 · ‖weights‖² least, by QR: of x and y, and with an l2 of x above
// √l2 · I and y above zeros, so that xᵀx is never made. x [batch, features], y [batch] or [batch, outputs]; weights
// [features] or [features, outputs]. All weights are penalised: to leave out an intercept, subtract the means of x and
// y instead of adding a column of ones. Recorded; derivatives of any order by x and y. Throws ShapeError; ValueError
// when columns of x depend on each other, in whatever units they are, or there are fewer examples than features, so
// that without an l2 the weights are not unique, for a number that is not finite, or for an l2 below 0.
Tensor least_squares(const Tensor& x, const Tensor& y, LeastSquaresOptions options = {},
                     Location at = Location::current());

}  // namespace gradtape
