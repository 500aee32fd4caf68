// says: examples are missing: static std::vector
#include <gradtape/ops/free.h>
struct M {
  static constexpr auto name = "m";
  static void backward(gradtape::Backward&) {}
};
inline gradtape::Tensor m(const gradtape::Tensor& x, gradtape::Location where) { return gradtape::record(M{}, where, x, {x}, {}); }
