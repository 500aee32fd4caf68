#include <gradtape/ops/pointwise/pow.h>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/graph.h>
#include <gradtape/autograd/perform.h>
#include <gradtape/ops/reduce/amin.h>

namespace gradtape {
namespace {

[[noreturn]] void refuse(std::int64_t exponent, std::int64_t position, const Tensor& exponents, Location where) {
  fail<ValueError>(where, "pow",
                   fmt::format("an integer to the power {}, at position {}, is no integer", exponent, position),
                   {{"exponents", exponents}}, "Make the base floating: x.to(gt::float32).");
}

}  // namespace

void require_integer_power(const Tensor& base, const Tensor& exponents, Location where) {
  if (!base.defined() || !exponents.defined() || is_floating(base.dtype()) || is_floating(exponents.dtype()) ||
      exponents.numel() == 0)
    return;
  Call call(where);
  if (exponents.device() != Device::cpu()) {
    refuse_inside_capture("pow", "exponents on a device cannot be checked inside a captured step",
                          "Make the base floating, or give a number.");
    if (const auto least = amin(exponents.detach()).item<std::int64_t>(); least < 0)
      fail<ValueError>(where, "pow", fmt::format("an integer to the power {} is no integer", least),
                       {{"exponents", exponents}}, "Make the base floating: x.to(gt::float32).");
    return;
  }
  perform(
      [where](const Tensor& exponents) {
        const Tensor dense = exponents.detach().to(DType::int64).contiguous();
        for (std::int64_t i = 0; i < dense.numel(); ++i)
          if (const std::int64_t exponent = elements<std::int64_t>(dense)[i]; exponent < 0)
            refuse(exponent, i, exponents, where);
      },
      exponents);
}

}  // namespace gradtape
