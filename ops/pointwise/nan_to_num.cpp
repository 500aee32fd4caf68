#include <gradtape/ops/pointwise/nan_to_num.h>

#include <limits>

namespace gradtape {
namespace {

double largest_of(DType type) {
  return visit(type, [](auto zero) -> double {
    using T = decltype(zero);
    if constexpr (std::is_same_v<T, Float16>) return 65504;
    else if constexpr (std::is_same_v<T, BFloat16>) return 0x1.fep127;
    else return static_cast<double>(std::numeric_limits<T>::max());
  });
}

}  // namespace

Tensor nan_to_num(const Tensor& x, double nan, std::optional<double> posinf, std::optional<double> neginf,
                  Location at) {
  if (!is_floating(x.dtype())) return x;
  const double largest = largest_of(x.dtype());
  return pointwise(NanToNum{nan, posinf.value_or(largest), neginf.value_or(-largest)}, at, x);
}

}  // namespace gradtape
