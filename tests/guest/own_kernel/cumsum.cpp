#include "cumsum.h"

#include <gradtape/gradtape.h>

namespace gt = gradtape;

namespace mine {
namespace {

void cumsum_on_cpu(const gt::Launch& work) {
  const gt::TensorData& y = *work.out();
  const std::int64_t columns = y.shape[y.shape.rank() - 1];
  gt::visit(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    T sum{};
    for (std::int64_t i = 0; i < y.count; ++i) {
      if (i % columns == 0) sum = T{};
      gt::elements<T>(&y)[i] = sum = static_cast<T>(sum + gt::elements<T>(work.in(0))[i]);
    }
  });
}

constexpr gt::Kernel cumsum_kernel{cumsum_on_cpu, GT_ON_CUDA(cumsum_on_cuda)};

}  // namespace

gt::Tensor cumsum(const gt::Tensor& x, gt::Location at) {
  gt::Call call(at);
  if (x.dim() == 0) gt::fail<gt::ShapeError>(at, "cumsum", "a number has no running sums", {{"tensor", x}});
  if (!gt::is_floating(x.dtype()))
    gt::fail<gt::DTypeError>(at, "cumsum", "sums floating numbers only", {{"tensor", x}});
  if (gt::is_half(x.dtype())) return cumsum(x.to(gt::float32), at).to(x.dtype(), at);
  const gt::Tensor dense = x.detach().contiguous(), y = gt::empty_like(dense);
  gt::launch(cumsum_kernel, "cumsum", gt::NoSettings(), {y}, {dense});
  return gt::record(Cumsum{}, at, y, {x}, {});
}

// The running sums from the other end.
void Cumsum::backward(gt::Backward& ctx) {
  const gt::Tensor g = ctx.take_gradient();
  ctx.add(0, gt::sum(g, {-1}, true) - cumsum(g) + g);
}

std::vector<gt::Example> Cumsum::examples() {
  auto call = [](const std::vector<gt::Tensor>& x) { return cumsum(x[0]); };
  return {
      {"rows", {{3, 70}}, call}, {"one row", {{5}}, call}, {"no rows", {{0, 4}}, call}, {"batches", {{2, 3, 4}}, call}};
}

}  // namespace mine
