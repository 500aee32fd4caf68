// Matrix products on a device, by cuBLAS, on raw memory.
#pragma once

#include <compare>

#include <gradtape/autograd/device.h>
#include <gradtape/autograd/dtype.h>
#include <gradtape/ops/cpu/matmul.h>

namespace gradtape::cuda {

// How BLAS reads a matrix: row by row, or (transposed) column by column, with `lead` elements from line to line.
struct Lines {
  bool transposed;
  std::int64_t lead;  // 0 where it cannot: no stride is 1, or the lines overlap
  auto operator<=>(const Lines&) const = default;
};
constexpr Lines lines_of(const MatrixView& x, std::int64_t rows, std::int64_t columns) {
  const std::int64_t by_rows = rows == 1 ? columns : x.row_stride, by_columns = columns == 1 ? rows : x.column_stride;
  if ((columns == 1 || x.column_stride == 1) && by_rows >= columns) return {false, by_rows};
  if ((rows == 1 || x.row_stride == 1) && by_columns >= rows) return {true, by_columns};
  return {false, 0};
}

// c [count, m, n], dense, = a [count, m, k] · b [count, k, n] + bias [n] (if given). BLAS can read a and b.
struct Product {
  Device device;
  DType type;  // a floating one
  void* c;
  std::int64_t count, m, n, k;
  MatrixView a, b;              // the first of each
  std::int64_t a_step, b_step;  // from one to the next, in elements; 0: the same for all
  const void* bias;
};
// Overwrites c, in the order of the device's stream: a product is one launch, with its bias. float32 is float32
// throughout, never TF32. Throws DeviceError.
void multiply(const Product& product);
// Makes cuBLAS ready on the device, with memory to work in.
void prepare_blas(Device device);

}  // namespace gradtape::cuda
