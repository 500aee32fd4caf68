// Numbers by bucket: how many, their mean, and the density of a histogram between the same edges.
#include <iostream>

#include <gradtape/gradtape.h>
namespace gt = gradtape;

int main() {
  const auto i = gt::arange(40).to(gt::float64);
  const auto x = 4 * gt::sin(1.3 * i), y = gt::cos(0.9 * i) * i;
  const auto edges = gt::tensor({-4.0, -2.0, 0.0, 1.0, 4.0});

  const auto bucket = gt::bucketize(x, edges, true) - 1;
  const auto counts = gt::bincount(bucket, {}, 4);
  std::cout.precision(10);
  std::cout << counts << '\n' << gt::bincount(bucket, y, 4) / counts << '\n';
  std::cout << gt::histogram(x, edges, {.density = true}).hist << '\n';
}
