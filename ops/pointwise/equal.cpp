#include <gradtape/ops/pointwise/equal.h>

#include <gradtape/ops/reduce/all.h>

namespace gradtape {

bool array_equal(const Tensor& a, const Tensor& b, Location at) {
  return a.shape() == b.shape() && all(pointwise(Equal{}, at, a, b), {}, false, at).item<bool>(at);
}

}  // namespace gradtape
