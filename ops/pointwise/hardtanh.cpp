#include <gradtape/ops/pointwise/hardtanh.h>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>

namespace gradtape {

Tensor hardtanh(const Tensor& x, double low, double high, Location at) {
  if (!(low <= high)) fail<ValueError>(at, "hardtanh", fmt::format("{} is no lower bound for {}", low, high));
  return pointwise(Hardtanh{low, high}, at, x);
}

}  // namespace gradtape
