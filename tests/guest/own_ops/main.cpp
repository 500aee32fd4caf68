// The guest's op and the library's, on the same numbers.
#include <cmath>
#include <iostream>

#include <gradtape/gradtape.h>

#include "tanh_affine.h"

namespace gt = gradtape;

int main() {
  const auto a = gt::randn({1000}).requires_grad_(), x = gt::randn({1000}).requires_grad_(), b = gt::randn({1}).requires_grad_();
  gt::Tape tape;
  const auto fused = gt::grad(gt::sum(mine::tanh_affine(a, x, b)), {a, x, b}), plain = gt::grad(gt::sum(gt::tanh(a * x + b)), {a, x, b});
  double worst = 0;
  for (int i = 0; i < 3; ++i) worst = std::max(worst, gt::amax(gt::abs(fused[i] - plain[i])).item());
  std::cout << "worst difference: " << worst << '\n';
  return worst < 1e-4 ? 0 : 1;
}
