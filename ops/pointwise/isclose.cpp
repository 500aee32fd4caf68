#include <gradtape/ops/pointwise/isclose.h>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/reduce/all.h>

namespace gradtape {
namespace {

void require_tolerance(const char* name, double tolerance, Location at) {
  if (!(tolerance >= 0))
    fail<ValueError>(at, "isclose", fmt::format("{} is {}, and must not be negative", name, tolerance));
}

}  // namespace

Tensor isclose(const Tensor& a, const Tensor& b, double rtol, double atol, bool equal_nan, Location at) {
  require_tolerance("rtol", rtol, at);
  require_tolerance("atol", atol, at);
  const IsClose op{rtol, atol, equal_nan};
  if (is_floating(a.dtype()) || is_floating(b.dtype())) return pointwise(op, at, a, b);
  return pointwise(op, at, a.to(DType::float64, at), b.to(DType::float64, at));
}

bool allclose(const Tensor& a, const Tensor& b, double rtol, double atol, bool equal_nan, Location at) {
  return all(isclose(a, b, rtol, atol, equal_nan, at), {}, false, at).item<bool>(at);
}

}  // namespace gradtape
