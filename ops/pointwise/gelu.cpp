#include <gradtape/ops/pointwise/gelu.h>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>

namespace gradtape {

Tensor gelu(const Tensor& x, GeluOptions options, Location at) {
  if (options.approximate == "none") return pointwise(Gelu{}, at, x);
  if (options.approximate == "tanh") return pointwise(GeluTanh{}, at, x);
  fail<ValueError>(at, "gelu", fmt::format("approximate is none or tanh, not {}", options.approximate));
}

}  // namespace gradtape
