// Labels that spread along the edges of a graph from the nodes that have one (Zhu and Ghahramani 2002).
#include <iostream>

#include <gradtape/gradtape.h>
namespace gt = gradtape;

int main() {
  const std::int64_t nodes = 8;
  const auto from = gt::tensor({0, 0, 1, 2, 3, 4, 4, 5, 6}), to = gt::tensor({1, 2, 2, 3, 4, 5, 6, 6, 7});
  const auto weight = gt::tensor({1.0, 2.0, 1.0, 0.5, 1.0, 2.0, 1.0, 1.0, 3.0});
  const auto one_way = gt::index_put(gt::zeros({nodes, nodes}, {.dtype = gt::float64}), {from, to}, weight);
  const auto both = one_way + one_way.t();
  const auto step = both / gt::sum(both, {1}, true);

  const auto known = gt::tensor({0, 7});  // of class 0 and 1
  const auto given = gt::eye(2, {.dtype = gt::float64});
  gt::Tensor scores = gt::zeros({nodes, 2}, {.dtype = gt::float64});
  for (int i = 0; i < 1000; ++i) scores = gt::index_copy(gt::matmul(step, scores), 0, known, given);
  std::cout.precision(10);
  std::cout << scores << '\n' << gt::argmax(scores, 1) << '\n';
}
