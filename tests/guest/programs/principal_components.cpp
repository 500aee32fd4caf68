// Principal components by power iteration, each taken out before the next: directions, and shares of the variance.
#include <iostream>

#include <gradtape/gradtape.h>
namespace gt = gradtape;

int main() {
  const auto i = gt::arange(20).to(gt::float64);
  const auto a = 3 * gt::sin(1.1 * i), b = gt::cos(0.7 * i);
  gt::Tensor x = gt::stack({a + b, a - b, 0.5 * a + gt::sin(5 * i), b}, 1);
  x = x - gt::mean(x, {0}, true);
  gt::Tensor covariance = gt::matmul(x.t(), x) / (x.size(0) - 1);
  const double total = gt::trace(covariance).item();
  std::cout.precision(10);
  for (int component = 0; component < 2; ++component) {
    gt::Tensor v = gt::ones({4}, {.dtype = gt::float64});
    for (int step = 0; step < 200; ++step) v = gt::normalize(gt::mv(covariance, v), {.dim = 0});
    const auto variance = gt::dot(v, gt::mv(covariance, v));
    covariance = covariance - variance * gt::outer(v, v);
    std::cout << v * gt::sign(v[0]) << '\n' << variance.item() / total << '\n';
  }
}
