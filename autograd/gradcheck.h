// Gradients checked against differences of the function itself.
#pragma once

#include <string>

#include <gradtape/autograd/grad.h>

namespace gradtape {

struct GradcheckOptions {
  double step = 1e-4;        // of the four-point difference, times max(1, |x|)
  double relative = 1e-6;    // what may differ, relative to max(1, |wanted|)
};

struct GradcheckReport {
  bool ok = true;
  double worst = 0;      // the largest difference, relative to max(1, |wanted|)
  std::string text;      // the worst element: input, index, got, wanted, or why nothing can be wanted there
  explicit operator bool() const { return ok; }
};

// Compares d f_i / d x_j of the tape with differences of f, for all outputs and inputs (float64 ones; others are held
// fixed). f must be smooth near the inputs, and give the same each time: at a kink, at the edge of its domain, or of a
// function that draws random numbers the report is not ok, and its text says which of these it is. Where f is NaN, so
// must the gradient be.
GradcheckReport gradcheck(const Function& f, const std::vector<Tensor>& inputs, GradcheckOptions options = {},
                          Location at = Location::current());

// The same for second derivatives: the gradients of f (seeded with fixed weights) against differences of themselves.
GradcheckReport gradgradcheck(const Function& f, const std::vector<Tensor>& inputs, GradcheckOptions options = {},
                              Location at = Location::current());

}  // namespace gradtape
