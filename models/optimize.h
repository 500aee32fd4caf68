// Minima of functions: minimisers that run to the end.
#pragma once

#include <functional>

#include <gradtape/models/lbfgs.h>

namespace gradtape::optimize {

// f of one tensor, one number, with its gradient by autodiff.
using Function = std::function<Tensor(const Tensor& x)>;

struct Result : Convergence {
  Tensor x;  // where the value is
};

// Goes from x0, which stays as it is, to a minimum of f nearby, by L-BFGS. Throws as LBFGS.
Result lbfgs(const Function& f, const Tensor& x0, LBFGSOptions options = {}, Location at = Location::current());

struct NewtonOptions {
  int max_iterations = 100;
  double tolerance_grad = 1e-8;  // stop when the gradient's Euclidean norm is at most this
  // Stop when an iteration lowers the value by at most this · max(|before|, |after|, 1); 0: never.
  double tolerance_change = 0;
};
// The same by Newton's method, with the Hessian by autodiff and a strong Wolfe line search. Where the Hessian H is not
// positive definite, a multiple of the identity is added, as Levenberg did, so that each step goes down. It takes
// few iterations, each of x.numel()² numbers, solved on the CPU. Throws as lbfgs.
Result newton(const Function& f, const Tensor& x0, NewtonOptions options = {}, Location at = Location::current());

}  // namespace gradtape::optimize
