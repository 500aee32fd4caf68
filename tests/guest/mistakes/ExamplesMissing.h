// says: examples are missing: static std::vector
#include <gradtape/ops/free.h>
struct M {
  static constexpr auto name = "m";
  static void backward(gradtape::Backward&) {}
};
inline gradtape::Tensor m(const gradtape::Tensor& x, gradtape::Location at) {
  return gradtape::record(M{}, at, x, {x}, {});
}
