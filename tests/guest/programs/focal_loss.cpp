// The focal loss of Lin et al. (2017), which counts examples less the surer the model is of them, and its gradient.
#include <iostream>

#include <gradtape/gradtape.h>
namespace gt = gradtape;

gt::Tensor focal_loss(const gt::Tensor& logits, const gt::Tensor& labels, const gt::Tensor& alpha, double gamma) {
  const auto log_p = gt::squeeze(gt::gather(gt::log_softmax(logits, 1), 1, gt::unsqueeze(labels, 1)), 1);
  return gt::mean(-alpha[labels] * gt::pow(1 - gt::exp(log_p), gamma) * log_p);
}

int main() {
  const auto logits = 2 * gt::sin(gt::reshape(gt::arange(15), {5, 3}).to(gt::float64));
  const auto labels = gt::tensor({0, 2, 1, 1, 0}), alpha = gt::tensor({0.25, 0.5, 1.0});
  const auto [loss, gradients] = gt::value_and_grad(
      [&](const std::vector<gt::Tensor>& in) { return focal_loss(in[0], labels, alpha, 2); }, {logits});
  std::cout.precision(10);
  std::cout << loss << '\n' << gradients[0] << '\n';
}
