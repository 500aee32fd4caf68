#include <gradtape/ops/pointwise/pow.h>

#include <fmt/format.h>

#include <gradtape/autograd/capture.h>
#include <gradtape/autograd/error.h>
#include <gradtape/autograd/launch.h>
#include <gradtape/ops/promotion.h>
#include <gradtape/ops/reduce/amin.h>

namespace gradtape {
namespace {

[[noreturn]] void refuse(const std::string& which, const Tensor& exponents) {
  fail<ValueError>({}, "pow", fmt::format("an integer to the power {} is no integer", which),
                   {{"exponents", exponents}}, "Make the base floating: x.to(gt::float32).");
}

void check_on_cpu(const Launch& work) {
  const Tensor exponents = tensor_of(work.in(0)), dense = exponents.detach().to(DType::int64).contiguous();
  for (std::int64_t i = 0; i < dense.numel(); ++i)
    if (const std::int64_t exponent = elements<std::int64_t>(dense.tensor_data())[i]; exponent < 0)
      refuse(fmt::format("{}, at position {},", exponent, i), exponents);
}
// Waits for the least of them.
void check_on_cuda(const Launch& work) {
  refuse_inside_capture("pow", "exponents on a device cannot be checked inside a captured step",
                        "Make the base floating, or give a number.");
  const Tensor exponents = tensor_of(work.in(0));
  if (const auto least = amin(exponents.detach()).item<std::int64_t>(); least < 0)
    refuse(fmt::format("{}", least), exponents);
}

Tensor as_float64(const Tensor& x) { return is_number(x) ? x : x.to(DType::float64); }

constexpr Kernel exponents_kernel{check_on_cpu, check_on_cuda};

}  // namespace

void require_integer_power(const Tensor& base, const Tensor& exponents, Location at) {
  if (!base.defined() || !exponents.defined() || is_floating(base.dtype()) || is_floating(exponents.dtype()) ||
      exponents.numel() == 0)
    return;
  Call call(at);
  launch(exponents_kernel, "pow", NoSettings(), {}, {exponents});
}

Tensor float_power(const Operand& a, const Operand& b) {
  Call call(a.at);
  return pow(as_float64(a.tensor), as_float64(b.tensor));
}

}  // namespace gradtape
