// Top-1 to top-5 accuracy, and the place of each label among the classes in order.
#include <iostream>

#include <gradtape/gradtape.h>
namespace gt = gradtape;

int main() {
  const auto example = gt::arange(8), classes = gt::arange(10);
  const auto logits = gt::sin(gt::outer(example + 1, classes + 2).to(gt::float64));
  const auto labels = gt::remainder(3 * example + 1, 10);

  const auto hits = gt::topk(logits, 5, 1).indices == gt::unsqueeze(labels, 1);  // [example, place]
  std::cout.precision(10);
  std::cout << gt::mean(gt::any(hits, {1}), {}, false, gt::float64) << '\n';
  std::cout << gt::mean(gt::cumsum(hits, 1).to(gt::float64), {0}) << '\n';
  const auto right = gt::gather(logits, 1, gt::unsqueeze(labels, 1));
  std::cout << gt::sum(logits > right, {1}) << '\n';
}
