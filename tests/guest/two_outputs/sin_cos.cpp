#include "sin_cos.h"

#include <cmath>

#include <gradtape/gradtape.h>

namespace gt = gradtape;

namespace mine {
namespace {

void sin_cos_on_cpu(const gt::Launch& work) {
  gt::visit(work.out()->dtype, [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t i = 0; i < work.out()->count; ++i) {
      const auto x = static_cast<double>(gt::elements<T>(work.in(0))[i]);
      gt::elements<T>(work.out(0))[i] = static_cast<T>(std::sin(x));
      gt::elements<T>(work.out(1))[i] = static_cast<T>(std::cos(x));
    }
  });
}

constexpr gt::Kernel sin_cos_kernel{sin_cos_on_cpu, GT_ON_CUDA(sin_cos_on_cuda)};

}  // namespace

SinAndCos sin_cos(const gt::Tensor& x, gt::Location at) {
  gt::Call call(at);
  if (!gt::is_floating(x.dtype()))
    gt::fail<gt::DTypeError>(at, "sin_cos", "takes floating numbers only", {{"tensor", x}});
  if (gt::is_half(x.dtype())) {
    const auto [sin, cos] = sin_cos(x.to(gt::float32), at);
    return {sin.to(x.dtype(), at), cos.to(x.dtype(), at)};
  }
  const gt::Tensor dense = x.detach().contiguous();
  const SinAndCos y{gt::empty_like(dense), gt::empty_like(dense)};
  gt::launch(sin_cos_kernel, "sin_cos", gt::NoSettings(), {y.sin, y.cos}, {dense});
  gt::record_outputs(SinCos{}, at, {y.sin, y.cos}, {x}, {y.sin, y.cos});
  return y;
}

// d sin = cos, d cos = -sin; of either output no gradient may have come.
void SinCos::backward(gt::Backward& ctx) {
  if (const gt::Tensor g = ctx.take_gradient(0); g.defined()) ctx.add(0, g * ctx.kept(1));
  if (const gt::Tensor g = ctx.take_gradient(1); g.defined()) ctx.add(0, -g * ctx.kept(0));
}

std::vector<gt::Example> SinCos::examples() {
  auto both = [](const std::vector<gt::Tensor>& x) {
    const auto [sin, cos] = sin_cos(x[0]);
    return sin * cos + cos;
  };
  return {{"both", {{3, 5}}, both},
          {"the sine", {{7}}, [](const auto& x) { return sin_cos(x[0]).sin; }},
          {"the cosine", {{7}}, [](const auto& x) { return sin_cos(x[0]).cos; }},
          {"of nothing", {{0, 2}}, both}};
}

}  // namespace mine
