// Matrix products on raw memory.
#pragma once

#include <cstdint>

namespace gradtape {

// One matrix: element (i, j) at data[i * row_stride + j * column_stride], in elements.
struct MatrixView {
  const void* data;
  std::int64_t row_stride, column_stride;
};

// What can be done in parts, with the same bits as at once.
struct ProductParts {
  bool rows;   // of a, and so of c
  bool steps;  // along k: what comes later is added
};
template <class S>
ProductParts parts_of_matmul(std::int64_t m, std::int64_t n, std::int64_t k, MatrixView a, MatrixView b);

// c [m, n], dense, += a [m, k] · b [k, n], for a part of the steps along k.
template <class S>
void add_matmul(S* c, std::int64_t m, std::int64_t n, std::int64_t k, MatrixView a, MatrixView b, const char* op);

// c [m, n], dense, = a [m, k] · b [k, n] + bias [n] (if given). Overwrites c. S is float or double. The same bits
// whatever the number of threads: c is cut by shape alone. OutOfMemoryError names the op.
template <class S>
void matmul(S* c, std::int64_t m, std::int64_t n, std::int64_t k, MatrixView a, MatrixView b, const S* bias = nullptr,
            const char* op = "matmul");

}  // namespace gradtape
