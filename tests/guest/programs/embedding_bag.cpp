// Bags of words as vectors: their mean, one of them empty; and their weighted sum, with gradients for table and
// weights.
#include <iostream>

#include <gradtape/gradtape.h>
namespace gt = gradtape;

int main() {
  const auto table = gt::sin(gt::reshape(gt::arange(18), {6, 3}).to(gt::float64)).requires_grad_();
  const auto words = gt::tensor({0, 2, 2, 5, 1, 3, 0}), offsets = gt::tensor({0, 3, 3, 5});
  const auto weights = gt::tensor({1.0, 0.5, 0.25, 2.0, -1.0, 1.5, 3.0}).requires_grad_();
  std::cout.precision(10);
  std::cout << gt::embedding_bag(words, table, offsets) << '\n';

  gt::Tape tape;
  const auto bags =
      gt::embedding_bag(words, table, offsets, {.mode = gt::EmbeddingBagMode::sum, .per_sample_weights = weights});
  const auto gradients = gt::grad(gt::sum(gt::square(bags)), {table, weights});
  std::cout << bags << '\n' << gradients[0] << '\n' << gradients[1] << '\n';
}
