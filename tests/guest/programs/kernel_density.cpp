// A kernel density estimate with Silverman's bandwidth, and its score, the slope of its logarithm.
#include <iostream>

#include <gradtape/gradtape.h>
namespace gt = gradtape;

int main() {
  const auto data = 2 * gt::sin(gt::square(gt::arange(25).to(gt::float64)));
  const auto spread = gt::minimum(gt::std(data), (gt::quantile(data, 0.75) - gt::quantile(data, 0.25)) / 1.34);
  const double width = 0.9 * spread.item() * std::pow(data.numel(), -0.2);
  const auto x = gt::linspace(-3, 3, 7, {.dtype = gt::float64}).requires_grad_();

  gt::Tape tape;
  const auto bells = gt::gaussian((gt::unsqueeze(x, 1) - data) / width);  // [place, datum]
  const auto density = gt::mean(bells, {1}) / (width * std::sqrt(2 * M_PI));
  std::cout.precision(10);
  std::cout << width << '\n' << density << '\n' << gt::grad(gt::sum(gt::log(density)), x) << '\n';
}
