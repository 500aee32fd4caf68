// k-means by Lloyd's algorithm: centers, whose points are whose, and the sum of squared distances.
#include <iostream>

#include <gradtape/gradtape.h>
namespace gt = gradtape;

int main() {
  const auto i = gt::arange(30).to(gt::float64);
  const auto group = gt::remainder(i, 3);
  const auto points = gt::stack({group + gt::sin(1.7 * i), gt::cos(2.3 * i)}, 1);
  gt::Tensor centers = gt::narrow(points, 0, 0, 3), labels;
  for (int step = 0; step < 10; ++step) {
    labels = gt::argmin(gt::cdist(points, centers), 1);
    centers = gt::index_add(points, 0, labels, 3) / gt::unsqueeze(gt::bincount(labels, {}, 3), 1);
  }
  std::cout.precision(10);
  std::cout << centers << '\n' << labels << '\n';
  std::cout << gt::sum(gt::square(points - gt::index_select(centers, 0, labels))) << '\n';
}
