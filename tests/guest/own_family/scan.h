// Scans along the last dimension, a family of the guest's own: y[…, 0] = x[…, 0], then y[…, i] = forward(y[…, i-1],
// x[…, i]).
//
// The struct holds `name`, `samples`, `forward(before, x)`, and `gradient(gradient)` in tensor ops: that of x, from
// y's.
#pragma once

#include <gradtape/ops/example.h>
#include <gradtape/ops/family.h>
#include <gradtape/ops/pointwise/add.h>
#include <gradtape/ops/pointwise/subtract.h>

namespace mine {

// [rows, columns] arrays.
struct Lines {
  const void* in;
  void* out;
  std::int64_t rows, columns;
};
struct ScanCuda {
  void (*launches[2])(gradtape::Device device, const Lines& lines);  // float32, float64
};
struct ScanRow : gradtape::OpInfo {
  std::uint8_t attribute_bytes;  // none: ops have no members
  void (*loops[2])(const Lines& lines);
  const ScanCuda* cuda;  // null in a build without CUDA
  gradtape::Tensor (*gradient)(const gradtape::Tensor& gradient);
  gradtape::Range samples;
};

struct Scan {
  static constexpr auto name = "scan";
  using Kernels = ScanRow;
  using CudaKernels = ScanCuda;
  template <class Op>
  static constexpr Kernels kernels(const CudaKernels* cuda);
  template <class Op>
  static constexpr CudaKernels cuda_kernels();
};

// Throws ShapeError for a number, DTypeError unless floating.
gradtape::Tensor apply(const ScanRow& row, const gradtape::Tensor& x, gradtape::Location at);
template <class Op>
gradtape::Tensor scan(const gradtape::Tensor& x, gradtape::Location at = gradtape::Location::current()) {
  return apply(gradtape::kernels_of<Op, Scan>(), x, at);
}
void scan_backward(gradtape::Backward& ctx);

std::vector<gradtape::Example> examples_of(const ScanRow& row);

}  // namespace mine
