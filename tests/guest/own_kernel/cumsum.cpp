#include "cumsum.h"

#include <gradtape/autograd/perform.h>
#include <gradtape/gradtape.h>

namespace gt = gradtape;

namespace mine {

gt::Tensor cumsum(const gt::Tensor& x, gt::Location where) {
  gt::Call call(where);
  if (x.dim() == 0) gt::fail<gt::ShapeError>(where, "cumsum", "a number has no running sums", {{"tensor", x}});
  if (!gt::is_floating(x.dtype())) gt::fail<gt::DTypeError>(where, "cumsum", "sums floating numbers only", {{"tensor", x}});
  if (gt::is_half(x.dtype())) return cumsum(x.to(gt::float32), where).to(x.dtype(), where);
  const gt::Tensor dense = x.detach().contiguous();
  gt::Tensor y = gt::empty_like(dense);
  const std::int64_t columns = x.size(-1), rows = columns ? x.numel() / columns : 0;
#if GT_HAS_CUDA
  if (x.device() != gt::Device::cpu()) {
    cumsum_on_device(dense, y, rows, columns);
    return gt::record(Cumsum{}, where, y, {x}, {});
  }
#endif
  gt::perform(
      [=](const gt::Tensor& y, const gt::Tensor& dense) {
        gt::visit(y.dtype(), [&](auto zero) {
          using T = decltype(zero);
          for (std::int64_t r = 0; r < rows; ++r) {
            T sum{};
            for (std::int64_t i = r * columns; i < (r + 1) * columns; ++i) y.data<T>()[i] = sum = static_cast<T>(sum + dense.data<T>()[i]);
          }
        });
      },
      y, dense);
  return gt::record(Cumsum{}, where, y, {x}, {});
}

// The running sums from the other end.
void Cumsum::backward(gt::Backward& walk) {
  const gt::Tensor g = walk.take_gradient();
  walk.add(0, gt::sum(g, {-1}, true) - cumsum(g) + g);
}

std::vector<gt::Example> Cumsum::examples() {
  auto call = [](const std::vector<gt::Tensor>& x) { return cumsum(x[0]); };
  return {{"rows", {{3, 70}}, call}, {"one row", {{5}}, call}, {"no rows", {{0, 4}}, call}, {"batches", {{2, 3, 4}}, call}};
}

}  // namespace mine
