// An exponential moving average by a scan, corrected for having begun at 0, and what each day has in the last.
#include <iostream>

#include <gradtape/gradtape.h>
namespace gt = gradtape;

int main() {
  const auto day = gt::arange(12).to(gt::float64);
  const auto price = (10 + 0.1 * day + gt::sin(0.7 * day)).requires_grad_();
  const double alpha = 0.3;
  auto smooth = [&](const gt::Tensor& x) { return gt::linear_recurrence(gt::scalar(1 - alpha), alpha * x); };

  gt::Tape tape;
  const auto average = smooth(price) / smooth(gt::ones_like(price));
  std::cout.precision(10);
  std::cout << average << '\n' << gt::grad(average[-1], price) << '\n';
}
