// says: backward is missing: static void backward
#include <gradtape/ops/free.h>
struct M {
  static constexpr auto name = "m";
  static std::vector<gradtape::Example> examples() { return {}; }
};
inline gradtape::Tensor m(const gradtape::Tensor& x, gradtape::Location at) {
  return gradtape::record(M{}, at, x, {x}, {});
}
