// The engine's one need of arithmetic, met by the add op.
#include <gradtape/autograd/backward.h>
#include <gradtape/ops/pointwise/add.h>

namespace gradtape {

Tensor sum_of_gradients(Tensor into, const Tensor& other) { return into + other; }

}  // namespace gradtape
