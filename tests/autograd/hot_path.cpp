// Steps of a thousand recorded ops on one element, for hot_path.sh to count.
#include <cstdlib>
#include <string_view>

#include <gradtape/gradtape.h>

namespace gt = gradtape;

int main(int, char** argv) {
  const bool product = argv[1] == std::string_view("product");
  const int steps = std::atoi(argv[2]);
  const auto x = gt::full({1}, 0.5).requires_grad_(), w = gt::full({1}, 0.99).requires_grad_();
  for (int step = 0; step < steps; ++step) {
    gt::Tape tape;
    gt::Tensor y = x;
    for (int i = 0; i < 1000; ++i) y = product ? y * w : gt::tanh(y);
    y.backward();
  }
}
