// A shared object that computes with gradtape, for programs that have not heard of it.
#include <gradtape/gradtape.h>

namespace gt = gradtape;

// Fits w to 3 and returns how far it is off. The loops are long enough for several threads.
extern "C" [[gnu::visibility("default")]] double train(int steps) {
  const gt::Tensor x = gt::linspace(-1, 1, 100'000);
  gt::Tensor w = gt::tensor({0.f}).requires_grad_();
  gt::SGD optimizer({w}, {.lr = 1});
  for (int step = 0; step < steps; ++step) {
    gt::Tape tape;
    gt::mean(gt::square(x * w - 3 * x)).backward();
    optimizer.step();
  }
  return w.item() - 3;
}
