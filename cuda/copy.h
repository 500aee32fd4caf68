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
  std::int64_t count;
};
void launch_copy(const CopyPass& pass);

// Elements of one type, rows and columns changing places: `to` is dense along the columns, `from` along the rows.
struct TransposePass {
  Device device;
  void* to;
  const void* from;
  DType type;
  StridedIndex<2> outside;  // the other dimensions
  std::int64_t count_outside;
  std::int64_t rows, columns;
  std::int64_t row_step, column_step;  // of `to` from row to row, of `from` from column to column
};
void launch_transpose(const TransposePass& pass);

struct FillPass {
  Device device;
  void* to;
  DType type;
  StridedIndex<1> index;
  std::int64_t count;
  const void* number;  // of the type, on the CPU
};
void launch_fill(const FillPass& pass);

}  // namespace gradtape::cuda
