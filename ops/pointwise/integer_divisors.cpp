#include <gradtape/ops/pointwise/integer_divisors.h>

#include <fmt/format.h>

#include <gradtape/autograd/capture.h>
#include <gradtape/autograd/error.h>
#include <gradtape/autograd/launch.h>
#include <gradtape/ops/pointwise/equal.h>
#include <gradtape/ops/reduce/any.h>

namespace gradtape {
namespace {

[[noreturn]] void refuse(const Launch& work, const std::string& where) {
  fail<ValueError>({}, work.name, fmt::format("an integer is divided by 0{}", where),
                   {{"divisors", tensor_of(work.in(0))}},
                   "Make one side floating, x.to(gt::float32), or leave zeros out, gt::where(b == 0, 1, b).");
}
void check_on_cpu(const Launch& work) {
  const Tensor dense = tensor_of(work.in(0)).detach().to(DType::int64).contiguous();
  for (std::int64_t i = 0; i < dense.numel(); ++i)
    if (elements<std::int64_t>(dense.tensor_data())[i] == 0) refuse(work, fmt::format(", at position {}", i));
}
void check_on_cuda(const Launch& work) {
  refuse_inside_capture(work.name, "divisors on a device cannot be checked inside a captured step",
                        "Make one side floating, or divide by a number.");
  if (any(tensor_of(work.in(0)).detach() == 0).item<bool>()) refuse(work, "");
}
constexpr Kernel divisors_kernel{check_on_cpu, check_on_cuda};

}  // namespace

void require_divisors(const char* op, const Tensor& a, const Tensor& b, Location at) {
  if (!a.defined() || !b.defined() || is_floating(a.dtype()) || is_floating(b.dtype()) || b.numel() == 0) return;
  Call call(at);
  launch(divisors_kernel, op, NoSettings(), {}, {b});
}

}  // namespace gradtape
