// What a copying kernel is given.
#pragma once

#include <gradtape/autograd/device.h>
#include <gradtape/autograd/dtype.h>
#include <gradtape/cuda/strided_index.h>

namespace gradtape::cuda {

struct CopyPass {
  Device device;
  void* to;
  const void* from;
  DType to_type, from_type;
  StridedIndex<2> index;  // of `to` and `from`
};
void launch_copy(const CopyPass& pass);

// Elements of one type, rows and columns changing places, by square tiles: `to` is dense along the columns, `from`
// along the rows.
constexpr int tile = 32;
struct TransposePass {
  Device device;
  void* to;
  const void* from;
  DType type;
  StridedIndex<4> tiles;  // where each begins in `to` and `from`, and its first row and column
  std::int64_t rows, columns;
  std::int64_t row_step, column_step;  // of `to` from row to row, of `from` from column to column
};
void launch_transpose(const TransposePass& pass);

struct FillPass {
  Device device;
  void* to;
  DType type;
  StridedIndex<1> index;
  const void* number;  // of the type, on the CPU
};
void launch_fill(const FillPass& pass);

}  // namespace gradtape::cuda
