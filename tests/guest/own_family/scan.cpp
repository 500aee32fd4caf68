#include "scan.h"

#include <gradtape/gradtape.h>

namespace gt = gradtape;

namespace mine {
namespace {

Lines lines_of(const gt::Launch& work) {
  const gt::TensorData& y = *work.out();
  const std::int64_t columns = y.shape[y.shape.rank() - 1];
  return {gt::elements<std::byte>(work.in(0)), gt::elements<std::byte>(&y), columns ? y.count / columns : 0, columns};
}
const ScanRow& row_of(const gt::Launch& work) { return *static_cast<const ScanRow*>(work.row); }

void run_on_cpu(const gt::Launch& work) { row_of(work).loops[gt::loops_of_type(work.type)](lines_of(work)); }
void run_on_cuda(const gt::Launch& work) {
  const Lines lines = lines_of(work);
  if (lines.rows == 0) return;
  gt::cuda_kernels_of(row_of(work)).launches[gt::loops_of_type(work.type)](work.device(), lines);
}
constexpr gt::Kernel kernel{run_on_cpu, run_on_cuda};

}  // namespace

gt::Tensor apply(const ScanRow& row, const gt::Tensor& x, gt::Location at) {
  gt::Call call(at);
  if (x.dim() == 0) gt::fail<gt::ShapeError>(at, row.name, "a number has no dimension to go along", {{"tensor", x}});
  if (!gt::is_floating(x.dtype())) gt::fail<gt::DTypeError>(at, row.name, "takes floating numbers", {{"tensor", x}});
  if (gt::is_half(x.dtype())) return apply(row, x.to(gt::float32), at).to(x.dtype());
  const gt::Tensor dense = x.detach().contiguous(), y = gt::empty_like(dense);
  gt::launch_row(kernel, row, nullptr, dense.dtype(), {y}, {dense});
  return gt::record(row, at, y, {x}, {}, nullptr, 0);
}

void scan_backward(gt::Backward& ctx) {
  const auto& row = static_cast<const ScanRow&>(*ctx.record().op);
  ctx.add(0, row.gradient(ctx.take_gradient()));
}

std::vector<gt::Example> examples_of(const ScanRow& row) {
  auto call = [&row](const std::vector<gt::Tensor>& x) { return apply(row, x[0], gt::Location::current()); };
  std::vector<gt::Example> examples;
  for (const auto& [text, shape] :
       std::initializer_list<std::pair<const char*, gt::Shape>>{{"rows", {3, 70}},
                                                                {"one row", {5}},
                                                                {"no rows", {0, 4}},
                                                                {"nothing in a row", {2, 0}},
                                                                {"batches", {2, 3, 4}}})
    examples.push_back({text, {shape}, call, row.samples});
  return examples;
}

}  // namespace mine
