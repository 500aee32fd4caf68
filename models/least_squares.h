// The closed form of linear regression.
#pragma once

#include <gradtape/autograd/tensor.h>

namespace gradtape {

// The weights that make ½‖x · weights - y‖² least, by QR. x [batch, features], y [batch] or [batch, outputs]; weights
// [features] or [features, outputs]. Recorded; derivatives of any order. Throws ShapeError; ValueError when columns of
// x depend on each other, in whatever units they are, so that the weights are not unique, when there are fewer examples
// than features, or for a number that is not finite.
Tensor least_squares(const Tensor& x, const Tensor& y, Location at = Location::current());

}  // namespace gradtape
