// A linear-chain conditional random field: its log partition by the forward algorithm; its gradients are the marginals.
#include <iostream>

#include <gradtape/gradtape.h>
namespace gt = gradtape;

gt::Tensor log_partition(const gt::Tensor& emissions, const gt::Tensor& transitions) {  // [time, tag], [tag, tag]
  gt::Tensor alpha = emissions[0];
  for (std::int64_t t = 1; t < emissions.size(0); ++t)
    alpha = gt::logsumexp(gt::unsqueeze(alpha, 1) + transitions, {0}) + emissions[t];
  return gt::logsumexp(alpha);
}

int main() {
  const auto emissions = gt::sin(gt::reshape(gt::arange(15), {5, 3}).to(gt::float64)).requires_grad_();
  const auto transitions = gt::cos(2 * gt::reshape(gt::arange(9), {3, 3}).to(gt::float64)).requires_grad_();
  gt::Tape tape;
  const auto log_z = log_partition(emissions, transitions);
  const auto marginals = gt::grad(log_z, {emissions, transitions});
  std::cout.precision(10);
  std::cout << log_z << '\n' << marginals[0] << '\n' << marginals[1] << '\n';
}
